package app

import (
	"crypto/tls"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/store"
)

// redisOf says where Redis is and how it is logged in to. Its roots, if any are named, are
// trusted as trust makes them of the file.
func redisOf(c config.Redis, trust func(file, host string) (*tls.Config, error)) (store.Config, error) {
	s := store.Config{
		URL: c.URL, Addrs: c.Addresses, MasterName: c.MasterName, Cluster: c.Cluster,
		Username: c.User, Partitions: c.Partitions, SentinelUsername: c.SentinelUser,
		Durability: store.Durability{
			Mode: store.Mode(c.Durability), Replicas: c.WaitReplicas, Timeout: time.Duration(c.WaitTimeout),
		},
	}
	var err error
	if s.Password, err = read(c.Password); err != nil {
		return s, err
	}
	if s.SentinelPassword, err = read(c.SentinelPassword); err != nil {
		return s, err
	}
	if s.TLS, err = trust(c.CAFile, ""); err != nil {
		return s, err
	}
	switch {
	case !c.Encrypted():
		s.TLS = nil
	case s.TLS == nil && c.TLS:
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return s, nil
}
