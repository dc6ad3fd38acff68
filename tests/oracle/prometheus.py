# SPDX-License-Identifier: MIT
"""Prometheus' AlertingRule.Eval (rules/alerting.go), and the nearest rank: what "fires" means elsewhere."""

INACTIVE, PENDING, FIRING = "inactive", "pending", "firing"


class Alert:
    def __init__(self, now):
        self.state = PENDING
        self.active_at = now
        self.fired_at = None
        self.keep_firing_since = None


class AlertingRule:
    """`hold` is the rule's `for`. Alerts are kept by label set; what resolved is dropped at once, since nothing is sent."""

    def __init__(self, hold, keep_firing_for):
        self.hold = hold
        self.keep_firing_for = keep_firing_for
        self.active = {}

    def eval(self, now, result):
        """`result`: the label sets for which the expression returned a sample at `now`."""
        for labels in result:
            if labels not in self.active:
                self.active[labels] = Alert(now)
        for labels, alert in list(self.active.items()):
            if labels not in result:
                keep_firing = False
                if alert.state == FIRING and self.keep_firing_for > 0:
                    if alert.keep_firing_since is None:
                        alert.keep_firing_since = now
                    keep_firing = now - alert.keep_firing_since < self.keep_firing_for
                if not keep_firing:
                    del self.active[labels]
                    continue
            else:
                alert.keep_firing_since = None
            if alert.state == PENDING and now - alert.active_at >= self.hold:
                alert.state = FIRING
                alert.fired_at = now

    def state(self, labels):
        """As audiowatch names it: firing without a sample is `keeping`."""
        alert = self.active.get(labels)
        if alert is None:
            return INACTIVE
        return "keeping" if alert.keep_firing_since is not None else alert.state


def nearest_rank(values, per_million):
    """The smallest value that at least this share of the values does not exceed; values are [(value, how many)]."""
    total = sum(many for _, many in values)
    rank = -(-per_million * total // 1_000_000)
    for value, many in sorted(values):
        rank -= many
        if rank <= 0:
            return value
    raise ValueError("no values have no rank")
