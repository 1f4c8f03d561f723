# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
# Commands for people.  What is compiled from what stands in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNELS ?= um-7.3
SECONDS ?= 10

modules: ## Build vmpage.ko for KDIR (default: the running kernel)
	$(MAKE) -C $(KDIR) M=$(CURDIR) W=1 modules

demo: ## Boot a stock kernel in QEMU, load a pool, do direct I/O in its memory
	scripts/demo.sh

test: ## Run every test on every kernel and say how many passed
	scripts/test.sh

kunit: ## Run the KUnit suites under User-Mode Linux (KERNELS="um-7.3 um-6.12 um-6.1" CACHED=1)
	scripts/kunit.sh $(if $(CACHED),-c) $(KERNELS)

soak: ## Do anything at random (SECONDS=1800 SEED=... KERNELS="um-7.3 um-6.12 um-6.1 stock-7.3")
	scripts/soak.sh -s $(SECONDS) $(KERNELS)

debug: ## Run the tests of mappings on a kernel with KASAN, lockdep and the like
	scripts/qemu-test.sh debug-7.3

rows: ## Print which rows of the behaviour table have cases, from the last runs
	scripts/rows.sh

check: ## Check the sources: style, sparse, layers, headers, docs, scripts
	scripts/check.sh

coverage: ## Print which lines of module/vm the KUnit suites run
	scripts/coverage.sh

mutate: ## Plant known faults in module/vm, one at a time; the suites must see each
	scripts/mutate.sh

ageing: ## Age vmpage and Linux at 90 % use; print a table, draw a chart (SEED=... KERNEL=stock-7.3)
	scripts/ageing.sh

ageing-maps: ## Age a program; print what 2 MiB entries map, beside huge pages (SEED=... KERNEL=stock-7.3)
	scripts/ageing-maps.sh

bench: ## Print what operations cost, beside those of others
	scripts/bench.sh
	scripts/bench.sh -g
	scripts/bench-cpus.sh
	scripts/bench-touch.sh
	scripts/bench-load.sh

leak-proof: ## Plant faults through which pages leak, one at a time; the races must see each
	scripts/leak-proof.sh

kernels: ## Fetch and build the kernels that the tests run on
	scripts/kernels.sh ensure

clean: ## Remove what was built here; the cached kernels stay
	rm -rf .build
	@if [ -e "$(KDIR)" ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: modules demo test kunit soak debug rows check coverage mutate ageing ageing-maps bench leak-proof kernels clean help
