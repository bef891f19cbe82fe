package real

// dovecotConf: folder, ports of IMAP and IMAPS, file of certificate and key are filled in.
const dovecotConf = `base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
shutdown_clients = yes

ssl = required
ssl_cert = <%[4]s
ssl_key = <%[4]s
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0

passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %[1]s/oauth2.conf
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%%u %[1]s/users
}
userdb {
  driver = passwd-file
  args = username_format=%%u %[1]s/users
  override_fields = home=%[1]s/mail/%%u
}

mail_location = maildir:~/Maildir
recipient_delimiter = +
mail_max_userip_connections = 100
mail_plugins = quota
quota_full_tempfail = yes
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
}
protocol imap {
  mail_plugins = quota imap_quota
}
namespace inbox {
  inbox = yes
}

service imap-login {
  service_count = 0
  process_min_avail = 1
  chroot =
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = %[3]d
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service lmtp {
  unix_listener %[1]s/lmtp {
    mode = 0666
  }
}
service auth {
  unix_listener %[1]s/sasl {
    mode = 0666
  }
}
`

// dovecotOAuth: the URL at which tokens are looked at is filled in.
const dovecotOAuth = `introspection_mode = post
introspection_url = %s
active_attribute = active
active_value = true
username_attribute = email
`

// dovecotUnprivileged: a user and a group are filled in.
const dovecotUnprivileged = `default_internal_user = %[1]s
default_internal_group = %[2]s
default_login_user = %[1]s
first_valid_uid = 1
first_valid_gid = 1
`
