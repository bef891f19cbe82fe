# dsrd: the first line of `make help` for each target stands behind its ##.

GO            ?= go
OUT           ?= demo-out
FUZZTIME      ?= 5s
N             ?= 20
SEED          ?= 0
LINT_VERSION  := v2.15.0
LINT          := bin/tools/golangci-lint-$(LINT_VERSION)
VERSION       := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

# The installed toolchain is used, none is fetched. One set of flags for building
# and testing, so that each library is compiled once.
export GOTOOLCHAIN := local
export GOFLAGS     := -trimpath -buildvcs=false
export CGO_ENABLED := 0

.DEFAULT_GOAL := help
.PHONY: help build demo test go-test race lint fmt trust reliability chaos fuzz bench bench-read cover diagram run tools clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 12

build: ## build bin/dsrd, one static binary
	$(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/dsrd ./cmd/dsrd

demo: build ## walk a request from mail to package, all in one process; KEEP=1 stays up
	bin/dsrd demo --out $(OUT) $(if $(filter-out 0,$(KEEP)),--keep)

test: tools ## run everything with real parts, and fuzz for a while; installs what is missing
	REQUIRE_REAL=1 $(GO) test -count=1 -timeout 15m ./...
	$(GO) test -count=1 -tags faults -run Place ./internal/app
	.ci/fuzz 20s '^./mailer'

go-test: ## run the hermetic part: what needs a missing server skips and says so
	$(GO) test ./...

race: ## run all tests in the process under the race detector (needs gcc)
	CGO_ENABLED=1 $(GO) test -race -count=1 -timeout 30m \
		$$($(GO) list ./... | grep -v -e /internal/real$$ -e /internal/onehost$$ \
			-e /internal/matrix$$ -e /internal/chaos$$)

lint: $(LINT) ## run golangci-lint as .golangci.yaml says
	$(LINT) run

fmt: $(LINT) ## format all Go files
	$(LINT) fmt

trust: ## print every figure of docs/trust.md, at its full size
	TRUST=full .ci/figures docs/trust.md

reliability: ## print every figure of docs/reliability.md, at its full size
	STORE=full MATRIX=full .ci/figures docs/reliability.md

chaos: ## kill servers and daemons N times (20) at random under load; SEED=n does so again
	@.ci/chaos $(N) $(SEED)

fuzz: ## fuzz every target, FUZZTIME each (5s); longer is better: FUZZTIME=10m
	.ci/fuzz $(FUZZTIME)

bench: ## run all benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-read: ## compare inspecting a mail with parsing it, on one core (DSRD_CORPORA=dir measures a folder, too)
	GOMAXPROCS=1 $(GO) test -run '^$$' -bench '^BenchmarkDesk$$' -benchtime 1x ./mailer

cover: ## write cover.html and print the coverage of each room
	$(GO) test -coverpkg ./... -coverprofile cover.out ./...
	$(GO) tool cover -html cover.out -o cover.html
	$(GO) tool cover -func cover.out | tail -1

diagram: ## write what is drawn from the code anew: the table of states, that of languages
	$(GO) test ./workflow -run 'TestDiagramIsTheTable|TestEveryPairIsRuledOrRefused' -update
	$(GO) test ./internal/archtest -run 'TestArchitectureShowsTheDiagram|TestTheLanguagesAreThoseOfTheFiles' -update

run: build ## serve with ./dsrd.yaml, or CONFIG=path
	bin/dsrd serve --config $(or $(CONFIG),dsrd.yaml)

tools: ## install what `make test` runs against (apt-get; elsewhere says what is missing)
	@.ci/install

clean: ## remove what was built
	rm -rf bin $(OUT) cover.out cover.html

$(LINT):
	GOBIN=$(CURDIR)/bin/tools $(GO) install \
		github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/tools/golangci-lint $@
