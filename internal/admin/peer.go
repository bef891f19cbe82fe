package admin

import (
	"context"
	"net"
	"os/user"
	"strconv"
	"syscall"
)

type peerKey struct{}

// withPeer asks the kernel who is at the other end of the socket (SO_PEERCRED):
// the name in the history is not what the client says of itself.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, peerName(c))
}

func peerOf(ctx context.Context) string {
	name, _ := ctx.Value(peerKey{}).(string)
	if name == "" {
		return "unknown"
	}
	return name
}

func peerName(c net.Conn) string {
	unix, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return ""
	}
	var name string
	err = raw.Control(func(fd uintptr) {
		cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		if err != nil {
			return
		}
		name = strconv.Itoa(int(cred.Uid))
	})
	if err != nil {
		return ""
	}
	if u, err := user.LookupId(name); err == nil {
		return u.Username
	}
	return name
}
