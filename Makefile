# SPDX-License-Identifier: MIT
# One Makefile for everything, after musl's: nothing is configured, a new source file needs no edit here, and
# `make help` lists the targets. Test logic is in tests/run, package names in tools/packages, the demo in
# tools/demo/run.sh.

# ---- Settings: each may be given on the command line or in the environment ----------------------------------

VERSION = 0.1.0
SOVERSION = 0

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
COMPDIR ?= $(PREFIX)/share/bash-completion/completions
DESTDIR ?=
places = PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR COMPDIR
$(foreach p,$(places),$(if $(strip $(word 2,$($(p)))$(foreach c,& | ' " \ $$,$(findstring $(c),$($(p))))),\
	$(error $(p): "$($(p))" has blanks or one of & | ' " \ $$ in it (try /usr/local; DESTDIR may have blanks))))

HOSTCC ?= $(CC)
PKG_CONFIG ?= pkg-config
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
CPPCHECK ?= cppcheck

# CFLAGS and LDFLAGS are the user's and come last. WERROR=1 turns warnings into errors, V=1 shows the commands,
# VARIANTS limits what is tested, ONLY='e2e/*' too, GROUP is a line of tools/packages, DEPS=no refuses apt.
VARIANTS ?= plain asan tsan
GROUP ?= build
export CC CXX PKG_CONFIG WERROR VARIANTS

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
LANGUAGE = -std=c11 -D_GNU_SOURCE -I. -Ibuild/gen -DAW_VERSION_STRING='"$(VERSION)"'

# A variant is one way to compile everything. shared is the library's alone: there AW_API is visible. Only tests
# build the other two, so a warning always stops those; -O1 is compiled in half the time, and guesses at truncation badly.
FLAGS_plain = $(if $(filter 1,$(WERROR)),-Werror)
FLAGS_shared = $(FLAGS_plain) -DAW_BUILD_SHARED
FLAGS_quick = -Werror -O1 -Wno-format-truncation
FLAGS_asan = $(FLAGS_quick) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# gcc's TSan does not know fences and warns of each; the words they order are atomic, so it reports no false race.
FLAGS_tsan = $(FLAGS_quick) -fsanitize=thread -Wno-tsan
CODE = -O2 -g -pthread -fPIC -fvisibility=hidden
flags = $(LANGUAGE) $(CODE) $(WARNINGS) $(FLAGS_$(1)) $(call packages,cflags) $(CFLAGS)

quiet = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $(2);)
Q = $(if $(filter 1,$(V)),,@)

all: lib bin ## the library, the programs, the demo's LV2 plugin (the default); installs nothing

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
	@sed -n '/^# CFLAGS and LDFLAGS/,/^[^#]/s/^# /  /p' Makefile

.DELETE_ON_ERROR:
.SECONDEXPANSION:
.PRECIOUS: build/%/ build/flags/%
.SUFFIXES:

# ---- Packages: only `make deps` touches apt ------------------------------------------------------------------

BUILD_PACKAGES = libmicrohttpd liburcu-bp jansson yaml-0.1 jack
packages = $(shell $(PKG_CONFIG) --$(1) $(or $(2),$(BUILD_PACKAGES)))

deps: ## install the packages of GROUP=build|run|check|bench|stack
	$(Q)tools/deps $(GROUP)

# Recipes alone ask pkg-config, so that on a bare machine the question comes after this.
have-packages:
	@BUILD_PACKAGES='$(BUILD_PACKAGES)' tools/deps --have build

have-cmocka:
	@$(PKG_CONFIG) --exists cmocka || { echo "missing: libcmocka-dev; make deps GROUP=check installs it"; exit 2; }

# ---- Objects: build/<variant>/<source>.o ---------------------------------------------------------------------

LIB_SRC := $(wildcard rt/*.c) shm/segment.c shm/cells.c
SHM_SRC := $(wildcard shm/*.c)
TOOL_SRC := $(wildcard tools/cli/*.c tools/machine/*.c) $(SHM_SRC)
PLUGIN_SRC := $(wildcard tools/demo/plugin/*.c)

# A program is a name, its sources and its libraries.
PROGRAMS = audiowatchd audiowatch audiowatch-jack audiowatch-bench audiowatch-demo-engine
SRC_audiowatchd := $(wildcard collector/*.c http/*.c) $(SHM_SRC)
LIBS_audiowatchd = $(filter-out jack,$(BUILD_PACKAGES))
SRC_audiowatch := $(wildcard tools/audiowatch/*.c) $(TOOL_SRC)
LIBS_audiowatch = jansson
SRC_audiowatch-jack := $(wildcard tools/jack/*.c tools/cli/*.c) $(SHM_SRC)
LIBS_audiowatch-jack = jack
# What it measures beside us, each where it is found: tools/bench/peer_<pkg-config's name>.
PEERS := $(shell for p in lttng-ust prometheus-cpp-core ck; do $(PKG_CONFIG) --exists $$p 2>/dev/null && echo $$p; done)
SRC_audiowatch-bench := $(filter-out tools/bench/peer_%,$(wildcard tools/bench/*.c)) $(TOOL_SRC) \
	$(wildcard $(PEERS:%=tools/bench/peer_%*.c*))
LIBS_audiowatch-bench = jansson jack $(PEERS)
SRC_audiowatch-demo-engine := $(wildcard tools/demo/engine/*.c) tools/cli/number.c tools/cli/ends.c

PROGRAM_SRC := $(foreach p,$(PROGRAMS),$(SRC_$(p)))
UNIT_SRC := $(wildcard $(foreach d,rt shm collector http tools,tests/$(d)/test_*.c))
# What every unit test may call: all but the main functions, the demo and what is measured beside us.
TESTED_SRC := $(sort $(wildcard rt/*.c tests/support/*.c) $(filter-out %/main.c tools/demo/% tools/bench/peer_%,$(PROGRAM_SRC)))
ALL_SRC := $(sort $(LIB_SRC) $(PROGRAM_SRC) $(PLUGIN_SRC) $(UNIT_SRC) $(TESTED_SRC))

objects = $(patsubst %,build/$(1)/%.o,$(basename $(2)))
variant = $(word 2,$(subst /, ,$@))
not_cxx = $(if $(filter %.cpp,$<),-std=c11 -Wstrict-prototypes -Wmissing-prototypes)
compile = $(call quiet,CC,$@)$(if $(not_cxx),$(CXX) -std=c++17,$(CC)) $(filter-out $(not_cxx),$(call flags,$(variant))) \
	$(EXTRA) -MMD -MP -c -o $@ $<

define objects_of_variant # $(1) its name
build/$(1)/%.o: %.c build/flags/$(1) | build/gen/cells.inc $$$$(@D)/
	$$(compile)
build/$(1)/%.o: %.cpp build/flags/$(1) | $$$$(@D)/; $$(compile)
endef
$(foreach v,plain asan tsan shared,$(eval $(call objects_of_variant,$(v))))

# The one object that knows the revision, so that a commit rebuilds no other.
VERSION_OBJECTS = $(patsubst %,build/%/collector/version.o,plain asan tsan)
$(VERSION_OBJECTS): build/gen/revision
$(VERSION_OBJECTS): EXTRA = -DAW_REVISION_STRING='"$(shell cat build/gen/revision)"'

# Stamps: written only when they change, and then what depends on them is made again. Several makes may run at once.
revise = cmp -s $@.$$PPID $@ && rm $@.$$PPID || mv $@.$$PPID $@
build/flags/sources: FORCE | build/flags/
	@echo '$(ALL_SRC)' >$@.$$PPID; $(revise)
build/flags/%: FORCE | have-packages build/flags/
	@echo '$(subst ','\'',$(CC) $(call flags,$*) $(LDFLAGS))' >$@.$$PPID; $(revise)
build/gen/revision: FORCE | build/gen/
	@{ GIT_CEILING_DIRECTORIES=$(dir $(CURDIR)) git describe --always --dirty 2>/dev/null || echo unknown; } >$@.$$PPID; \
	$(revise)

# The cells of the histograms, computed by a program of the building machine.
build/gen/cells: tools/gen/cells.c | build/gen/
	$(call quiet,HOST,$@)$(HOSTCC) -std=c11 -D_GNU_SOURCE -I. -O2 -g $(WARNINGS) -MMD -MP -o $@ $< -lm
build/gen/cells.inc: build/gen/cells
	$(call quiet,GEN,$@)./$< >$@

build/%/:
	@mkdir -p $@

FORCE:

-include $(foreach v,plain asan tsan shared,$(patsubst %,build/$(v)/%.d,$(basename $(ALL_SRC)))) build/gen/cells.d

# ---- Programs: build/bin and build/lib, those of a variant in build/<variant>/bin and lib --------------------

SHARED = build/lib/libaudiowatch.so.$(VERSION)

lib: build/lib/libaudiowatch.a $(SHARED) ## libaudiowatch, static and shared
bin: $(PROGRAMS:%=build/bin/%) ## the programs

link = $(call quiet,LD,$@)$(if $(filter %.cpp,$(SRC_$(@F))),$(CXX),$(CC)) $(call flags,$(VARIANT)) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

define of_variant # $(1) its name, $(2) the folder its programs go to
$(2)/lib/libaudiowatch.a: $(call objects,$(1),$(LIB_SRC))
build/$(1)/tested.a: $(call objects,$(1),$(TESTED_SRC))

$(PROGRAMS:%=$(2)/bin/%): VARIANT = $(1)
$(PROGRAMS:%=$(2)/bin/%): LIBS = $$(and $$(LIBS_$$(@F)),$$(call packages,libs,$$(LIBS_$$(@F))))
$(PROGRAMS:%=$(2)/bin/%): $$$$(call objects,$(1),$$$$(SRC_$$$$(@F))) $(2)/lib/libaudiowatch.a
$(PROGRAMS:%=$(2)/bin/%): build/flags/sources build/flags/$(1) Makefile | $(2)/bin/
	$$(link)
$(2)/lib/libaudiowatch.a build/$(1)/tested.a: build/flags/sources | $$$$(@D)/
	$$(call quiet,AR,$$@)rm -f $$@; $(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach v,plain asan tsan,$(eval $(call of_variant,$(v),$(patsubst %/plain,%,build/$(v)))))

$(SHARED): $(call objects,shared,$(LIB_SRC)) build/flags/sources build/flags/shared
$(SHARED): Makefile rt/audiowatch.map | build/lib/
	$(call quiet,LD,$@)$(CC) $(call flags,shared) $(LDFLAGS) -shared -Wl,-soname,libaudiowatch.so.$(SOVERSION) \
		-Wl,-z,now -Wl,-z,defs -Wl,--version-script=rt/audiowatch.map -o $@ $(filter %.o,$^)
	@ln -sf $(@F) build/lib/libaudiowatch.so.$(SOVERSION)
	@ln -sf libaudiowatch.so.$(SOVERSION) build/lib/libaudiowatch.so

# The demo's LV2 plugin, a part of all where LV2's headers are.
BUNDLE = build/lv2/audiowatch-demo.lv2
all: $(if $(shell $(PKG_CONFIG) --exists lv2 2>/dev/null && echo yes),plugin)
plugin: $(BUNDLE)/gain.so $(BUNDLE)/gain.ttl $(BUNDLE)/manifest.ttl ## the demo's LV2 plugin; needs LV2's headers
$(BUNDLE)/gain.so: $(call objects,plain,$(PLUGIN_SRC)) build/lib/libaudiowatch.a build/flags/sources
$(BUNDLE)/gain.so: build/flags/plain Makefile tools/demo/plugin/gain.map | $(BUNDLE)/
	$(call quiet,LD,$@)$(CC) $(call flags,plain) $(LDFLAGS) -shared -Wl,-z,now -Wl,-z,defs \
		-Wl,--version-script=tools/demo/plugin/gain.map -o $@ $(filter %.o %.a,$^)
$(BUNDLE)/%.ttl: tools/demo/plugin/%.ttl | $(BUNDLE)/
	@cp $< $@

amalgamation: build/gen/cells.inc ## build/amalgamation: the library as audiowatch.c and audiowatch.h, C11 or C++17
	$(call quiet,GEN,build/amalgamation)tools/kit/amalgamate build/amalgamation

run: ## the demonstration; RUN_SECONDS=n ends it, RUN_ENGINE=scripted does without JACK
	$(Q)tools/deps build $(if $(filter scripted,$(RUN_ENGINE)),,run)
	$(Q)$(MAKE) --no-print-directory $(jobs) all
	$(Q)exec tools/demo/run.sh

clean: ## remove build/
	rm -rf build

# ---- Tests: each cmocka binary is one test, and so is each file of tests/e2e, the largest first: it takes longest

unit_binaries = $(UNIT_SRC:%.c=build/$(1)/%)
E2E := $(filter-out tests/e2e/_% tests/e2e/lib%,$(shell ls -S tests/e2e/*.sh tests/e2e/*.py 2>/dev/null))
STRESS := $(filter-out tests/stress/_% tests/stress/lib%,$(wildcard tests/stress/*.sh tests/stress/*.py))

define units_of_variant # $(1) its name
$(call unit_binaries,$(1)): VARIANT = $(1)
$(call unit_binaries,$(1)): LIBS = $$(call packages,libs,cmocka $$(BUILD_PACKAGES)) -lm
$(call unit_binaries,$(1)): build/$(1)/%: build/$(1)/%.o build/$(1)/tested.a build/flags/$(1) | have-cmocka
	$$(link)
endef
$(foreach v,plain asan tsan,$(eval $(call units_of_variant,$(v))))

units: $(foreach v,$(VARIANTS),$(call unit_binaries,$(v))) ## build the unit tests of VARIANTS="plain asan tsan"

# What tests/run is given: label=command. gcc 12's TSan cannot live with all of a new kernel's randomised addresses.
units_of = $(foreach t,$(UNIT_SRC:tests/%.c=%),'$(1)/$(t)=$(wrap_$(1))build/$(1)/tests/$(t)')
units_tests = -t 120 -j cpu $(foreach v,$(VARIANTS),$(call units_of,$(v)))
wrap_tsan = $(if $(shell setarch -R true 2>/dev/null && echo yes),setarch -R )
labels = $(foreach t,$(1),'$(t:tests/%=%)=$(t)')
# Those that compile or compute run beside the units; the others mostly wait, so more of them do at once. None measures.
BUSY := $(filter %/aarch64.py %/amalgamation.py %/guards.py %/install.sh %/oracle.py %/table.py %/versions.py,$(E2E))
busy_tests = -t 120 -j cpu $(call labels,$(BUSY))
e2e_tests = $(busy_tests) -j wait $(call labels,$(filter-out $(BUSY),$(E2E)))
stress_tests = -t 3600 -j 1 $(call labels,$(STRESS))
static_tests = -t 900 -j cpu $(foreach t,$(STATIC),'$(t)=make -s $(t)')
# As many jobs as processors, unless -j was said.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

check: ## everything that must hold, cheapest first; the last line counts
	$(Q)tools/deps build run check
	$(Q)$(MAKE) --no-print-directory $(jobs) -k WERROR=1 all units; echo "exit $$?" >build/built
	$(Q)WERROR=1 tests/run 'build=echo the compiler said why, above; . build/built' \
		$(static_tests) -j cpu 'model=tests/model/run' $(units_tests) $(e2e_tests)
check-model: ## search the models to their ends, and whether they notice each mutation
	$(Q)tests/model/run
check-units: units ## the unit tests of VARIANTS
check-e2e: all units ## the end-to-end tests
check-stress: all units ## what takes longer than make check may; its bounds: docs/guarantees.md
check-units check-e2e check-stress:
	$(Q)tests/run $($(@:check-%=%)_tests)

# ---- Checks: what is found without running anything -----------------------------------------------------------

STATIC = check-deps check-headers check-format check-cppcheck check-gate
CHECKED := $(wildcard $(foreach d,rt shm http collector tests/* tools/* tools/*/*,$(d)/*.c $(d)/*.h $(d)/*.[ch]pp))

check-deps: ## the arrows between the folders
	$(Q)tools/checks/deps
check-headers: build/gen/cells.inc ## each header compiles alone, the public ones also as C++17 and AW_DISABLE
	$(Q)tools/checks/headers
check-format: ## the sources are as make format would leave them
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $(CHECKED)
check-cppcheck: build/gen/cells.inc build/cppcheck/ ## cppcheck alone
	$(Q)$(CPPCHECK) --quiet --std=c11 -j 2 --cppcheck-build-dir=build/cppcheck --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability --suppressions-list=tools/checks/cppcheck.suppressions \
		-D_GNU_SOURCE -D__linux__ -DAW_VERSION_STRING='""' -DAW_REVISION_STRING='""' \
		-I. -Ibuild/gen $(filter %.c,$(CHECKED))
check-gate: build/lib/libaudiowatch.a ## the real-time functions are wait-free, by their disassembly
	$(Q)tools/checks/gate $<
lint: check-cppcheck ## clang-tidy and cppcheck
	$(Q)printf '%s\0' $(filter %.c,$(CHECKED)) | xargs -0 -P 2 -I{} $(CLANG_TIDY) --quiet {} -- \
		$(LANGUAGE) -DAW_REVISION_STRING='""' $(call packages,cflags)
format: ## rewrite the sources with clang-format 14
	$(Q)$(CLANG_FORMAT) -i $(CHECKED)

# ---- Install ---------------------------------------------------------------------------------------------------

INSTALLED_HEADERS := $(wildcard rt/audiowatch.h rt/audiowatch.hpp)
INSTALLED_PROGRAMS = audiowatchd audiowatch audiowatch-jack audiowatch-bench
INSTALLED_LIBRARIES = libaudiowatch.a libaudiowatch.so libaudiowatch.so.$(SOVERSION) libaudiowatch.so.$(VERSION)
CMAKEDIR = $(LIBDIR)/cmake/audiowatch
FILLED = $(LIBDIR)/pkgconfig/audiowatch.pc $(patsubst rt/%.in,$(CMAKEDIR)/%,$(wildcard rt/*.cmake.in))
INSTALLED = $(INSTALLED_PROGRAMS:%=$(BINDIR)/%) $(INSTALLED_HEADERS:rt/%=$(INCLUDEDIR)/%) \
	$(INSTALLED_LIBRARIES:%=$(LIBDIR)/%) $(FILLED) \
	$(INSTALLED_PROGRAMS:%=$(MANDIR)/man1/%.1) $(INSTALLED_PROGRAMS:%=$(COMPDIR)/%)
in_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
fill = sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(call in_prefix,$(LIBDIR))|' -e 's|@version@|$(VERSION)|' \
	-e 's|@includedir@|$(call in_prefix,$(INCLUDEDIR))|' -e 's|@soversion@|$(SOVERSION)|' \
	-e "s|@libdir_to_includedir@|$$(realpath -ms --relative-to='$(LIBDIR)' '$(INCLUDEDIR)')|"

install: all ## all that is for use; DESTDIR, PREFIX, BINDIR, LIBDIR, INCLUDEDIR, MANDIR, COMPDIR
	install -d $(patsubst %,'$(DESTDIR)%',$(sort $(dir $(INSTALLED))))
	install -m 755 $(INSTALLED_PROGRAMS:%=build/bin/%) '$(DESTDIR)$(BINDIR)'
	install -m 644 $(INSTALLED_PROGRAMS:%=docs/man/%.1) '$(DESTDIR)$(MANDIR)/man1'
	install -m 644 tools/completion/audiowatch.bash '$(DESTDIR)$(COMPDIR)/audiowatch'
	for name in $(filter-out audiowatch,$(INSTALLED_PROGRAMS)); do \
		ln -sf audiowatch "$(DESTDIR)$(COMPDIR)/$$name"; done
	install -m 644 $(INSTALLED_HEADERS) '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 build/lib/libaudiowatch.a $(SHARED) '$(DESTDIR)$(LIBDIR)'
	cp -d build/lib/libaudiowatch.so build/lib/libaudiowatch.so.$(SOVERSION) '$(DESTDIR)$(LIBDIR)'
	for file in $(FILLED); do $(fill) "rt/$${file##*/}.in" >'$(DESTDIR)'"$$file" || exit 1; done

# Folders are removed only under a DESTDIR, and only empty ones: elsewhere they may be the system's.
uninstall: ## remove what install put there
	rm -f $(INSTALLED:%='$(DESTDIR)%')
	$(if $(DESTDIR),cd '$(DESTDIR)' && rmdir -p --ignore-fail-on-non-empty \
		$(patsubst /%,'%',$(sort $(dir $(INSTALLED)))) 2>/dev/null || true, \
		rmdir '$(CMAKEDIR)' 2>/dev/null || true)

.PHONY: all help deps have-packages have-cmocka FORCE lib bin plugin amalgamation run clean units \
	check check-model check-units check-e2e check-stress $(STATIC) lint format install uninstall
