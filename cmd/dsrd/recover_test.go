package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/admin"
)

// TestEveryCountOfARecoveryIsPrinted gives each count another value.
func TestEveryCountOfARecoveryIsPrinted(t *testing.T) {
	r := admin.Recovered{Verdict: "behind", Why: "it lost something"}
	count := int64(1000)
	for _, v := range reflect.ValueOf(&r).Elem().Fields() {
		if v.CanInt() {
			count++
			v.SetInt(count)
		}
	}
	var b strings.Builder
	printRecovered(&b, r)
	for field, v := range reflect.ValueOf(r).Fields() {
		if v.CanInt() && field.Name != "Epoch" && !strings.Contains(b.String(), fmt.Sprintf(" %d  ", v.Int())) {
			t.Errorf("%s is not told:\n%s", field.Name, b.String())
		}
	}
}
