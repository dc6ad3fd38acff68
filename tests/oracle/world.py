# SPDX-License-Identifier: MIT
"""A trace, read line by line into sessions, engines and functions, up to one tick after the other."""

import re
import urllib.parse
from decimal import Decimal

from oracle.engine import SECOND, Engine


class Function:
    def __init__(self, session):
        self.session = session
        self.series = {"ffi_duration": {}, "ffi_error_ratio": {}}
        self.open = {}  # id: begun at

    def ended(self, slot, ns, ok, many):
        if slot is not None:
            self.series["ffi_duration"].setdefault(slot, []).append((ns, many))
            self.series["ffi_error_ratio"].setdefault(slot, []).append((0 if ok else 1, many))


class Session:
    def __init__(self, opened_ns):
        self.opened_ns = opened_ns
        self.ended = None  # dead, closed
        self.stopped = False
        self.engines, self.functions = {}, {}
        self.lost = {}  # by slot
        self.told = {}
        self.dead_tick = None  # the first that saw it dead


def events(text):
    """[(ns, words, fields)], and the last tick."""
    told, last_ns = [], 0
    for line in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).split()
        if not line or line[0] == "audiowatch-trace":
            continue
        last_ns = int(Decimal(line[0]) * SECOND)
        pairs = dict(word.split("=", 1) for word in line[2:] if "=" in word)
        told.append((last_ns, line[1:], {name: urllib.parse.unquote(value) for name, value in pairs.items()}))
    return told, last_ns // SECOND


class World:
    """`subjects`: what carries each label set now: {(kind, labels): engine, function or session}."""

    def __init__(self, text):
        self.events, self.last_tick = events(text)
        self.next = 0
        self.sessions, self.calls = {}, {}
        self.subjects = {}
        self.seen = True  # the collector runs
        self.started_ns = 0

    def run_to(self, tick):
        """Everything before this tick."""
        while self.next < len(self.events) and self.events[self.next][0] <= tick * SECOND:
            ns, words, fields = self.events[self.next]
            self.next += 1
            slot = max(1, -(-ns // SECOND)) if self.seen and (ns > self.started_ns or not self.started_ns) else None
            getattr(self, "_" + words[0])(ns, slot, words, fields)

    def _end(self, ns, slot, words, fields):
        pass

    _xrun = _end  # no rule sees what others report

    def _collector(self, ns, slot, words, fields):
        self.seen = words[1] == "start"
        if self.seen:
            self.started_ns = -(-ns // SECOND) * SECOND  # its first reading is that of its first tick
            for session in self.sessions.values():
                session.lost.clear()
                for thing in (*session.engines.values(), *session.functions.values()):
                    for slots in thing.series.values():
                        slots.clear()

    def _session(self, ns, fields):
        key = (fields["app"], fields.get("instance_id", "0"))
        session = self.sessions.get(key)
        if session is None or session.ended:
            session = self.sessions[key] = Session(ns)
            self.subjects["session", key] = session
        return session, key

    def _engine_of(self, ns, fields):
        session, key = self._session(ns, fields)
        name = fields["engine"]
        if name not in session.engines:
            session.engines[name] = Engine(session, ns)
            self.subjects["engine", (*key, name)] = session.engines[name]
        return session.engines[name]

    def _function_of(self, ns, fields):
        session, key = self._session(ns, fields)
        name = fields["function"]
        if name not in session.functions:
            session.functions[name] = Function(session)
            self.subjects["function", (*key, name)] = session.functions[name]
        return session.functions[name]

    def _engine(self, ns, slot, words, fields):
        self._engine_of(ns, fields).format(int(fields["rate"]), int(fields["frames"]))

    def _render(self, ns, slot, words, fields):
        number = {name: int(fields[name]) for name in ("frames", "late_ns", "missed") if name in fields}
        self._engine_of(ns, fields).render(slot, ns, int(fields["ns"]), many=int(fields.get("n", 1)), **number)

    def _render_begin(self, ns, slot, words, fields):
        self._engine_of(ns, fields).begin(ns)

    def _render_end(self, ns, slot, words, fields):
        engine = self._engine_of(ns, fields)
        if engine.flight_ns is not None:
            engine.end(slot, ns)

    def _ffi(self, ns, slot, words, fields):
        self._function_of(ns, fields).ended(slot, int(fields["ns"]), fields["ok"] == "1", int(fields.get("n", 1)))

    def _ffi_begin(self, ns, slot, words, fields):
        function = self._function_of(ns, fields)
        function.open[fields["id"]] = ns
        self.calls[fields["id"]] = function

    def _ffi_end(self, ns, slot, words, fields):
        function = self.calls.pop(fields["id"])
        if not function.session.ended:
            function.ended(slot, ns - function.open.pop(fields["id"]), fields["ok"] == "1", 1)

    def _lost(self, ns, slot, words, fields):
        session, _ = self._session(ns, fields)
        if fields["reason"] != "unwatched" and slot is not None:
            session.lost[slot] = session.lost.get(slot, 0) + int(fields["n"])

    def _event(self, ns, slot, words, fields):
        what = fields["what"]
        if what in ("dead", "closed", "stop", "cont"):
            session, _ = self._session(ns, fields)
            session.stopped = what == "stop"
            session.ended = what if what in ("dead", "closed") else None
            return
        engine = self._engine_of(ns, fields)
        if what == "active":
            engine.active_ns = ns if engine.active_ns is None else engine.active_ns  # told again is told nothing
        elif what == "inactive":
            engine.active_ns = None
        else:
            engine.wheel(what == "freewheel_on")
