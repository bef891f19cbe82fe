package admin_test

import (
	"testing"

	"go.uber.org/goleak"
)

// net/http lets a client read the answer to a body that was too large for half a
// second more, whatever happens to the server.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}
