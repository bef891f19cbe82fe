package store_test

import (
	"testing"

	"github.com/dsrd/dsrd/store/storetest"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	for name, open := range storetest.Servers(t) {
		t.Run(name, func(t *testing.T) { storetest.Run(t, open) })
	}
}

func TestRandomLivesAreTheSameOnAllServers(t *testing.T) {
	var all []storetest.Harness
	for _, open := range storetest.Servers(t) {
		all = append(all, open(t))
	}
	storetest.Random(t, all...)
}

func TestTheStoreKnowsWhoOccupiesWhat(t *testing.T) {
	for name, open := range storetest.Servers(t) {
		t.Run(name, func(t *testing.T) { storetest.RandomGroups(t, open(t)) })
	}
}
