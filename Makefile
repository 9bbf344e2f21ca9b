# What README and .ci/run call. A machine with Rust, Python 3.10 or later and a C compiler needs nothing else.

SHELL := /bin/sh
TARGET := $(or $(CARGO_TARGET_DIR),target)
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

.PHONY: help demo test lint build venv install docs dist bench

help: ## What there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

venv:
	@sh tests/venv.sh

# Of the whole workspace, as the tests are: for one crate, cargo would build the AWS crates once more with other features.
build: ## All binaries, for development
	cargo build --locked --workspace --bins

demo: venv build ## Applies, shows and destroys examples/terraform/quickstart on an AWS emulator
	@"$(TARGET)/debug/demo"

lint: ## Format, lints, and links in the documentation of the crates
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --offline check licenses sources bans; fi

# One build serves all tests: cargo builds the provider's binary with the provider's own tests.
test: lint venv ## Everything that CI runs
	cargo test --locked --workspace --no-fail-fast

docs: build ## The pages in docs/ and the reference in README.md, from the schemas and examples
	@"$(TARGET)/debug/rosa-ecr-manual"

install: ## The provider into the local plugin directories of Terraform and OpenTofu
	cargo build --locked --release -p rosa-ecr-provider
	@sh provider/install.sh "$(TARGET)/release/terraform-provider-rosa" "$(VERSION)"

dist: ## Release archive for this machine, checksums and registry manifest, into dist/
	cargo build --locked --release -p rosa-ecr-provider
	@python3 provider/dist.py "$(VERSION)" dist \
		"$$(sh provider/platform.sh)=$(TARGET)/release/terraform-provider-rosa"

bench: venv build ## Compares the provider with hashicorp/aws 3.39.0, as ratios
	cargo build --locked --release -p rosa-ecr-provider
	@ROSA_ECR_PROVIDER="$(TARGET)/release/terraform-provider-rosa" "$(TARGET)/debug/bench"
