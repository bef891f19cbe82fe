package real

// mainCf: folder, folder of the parts, our domains, sockets of LMTP and SASL, file of certificate
// and key are filled in. smtpd_forbid_bare_newline is off by default before Postfix 3.9, and a
// relay without it can be made to smuggle mails past dsrd's checks: whoever runs one sets it.
const mainCf = `compatibility_level = 3.6
config_directory = %[1]s
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = %[2]s
maillog_file = %[1]s/postfix.log
maillog_file_prefixes = %[1]s

myhostname = mail.provider.example
mydomain = provider.example
myorigin = provider.example
mydestination =
mynetworks =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
biff = no
append_dot_mydomain = no
recipient_delimiter = +

virtual_mailbox_domains = %[3]s
virtual_transport = lmtp:unix:%[4]s
virtual_alias_maps = regexp:%[1]s/aliases
header_checks = regexp:%[1]s/headers
default_transport = error:5.1.2 no such domain in this world
relay_transport = error:5.1.2 no such domain in this world
lmtp_destination_recipient_limit = 1
smtp_dns_support_level = disabled
smtpd_peername_lookup = no

smtpd_forbid_bare_newline = yes
smtpd_forbid_bare_newline_exclusions =
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_tls_chain_files = %[6]s
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = %[5]s
smtpd_sasl_auth_enable = no
smtpd_client_connection_count_limit = 0
smtpd_soft_error_limit = 100
smtpd_hard_error_limit = 1000
smtpd_error_sleep_time = 0

queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
in_flow_delay = 0
`

// masterCf: the ports inbound, submission, small and grey, the limit of the small one, and the
// port of the greylist are filled in.
const masterCf = `postlog unix-dgram n - n - 1 postlogd
127.0.0.1:%[1]d inet n - n - - smtpd
127.0.0.1:%[2]d inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:%[3]d inet n - n - - smtpd
  -o syslog_name=postfix/small
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o message_size_limit=%[5]d
127.0.0.1:%[4]d inet n - n - - smtpd
  -o syslog_name=postfix/grey
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o { smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:%[6]d }
  -o { smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:%[6]d, permit_sasl_authenticated, reject }
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
flush unix n - n 1000? 0 flush
anvil unix - - n - 1 anvil
`

// aliases brings what is written to confirm-X@ and b-X@, with any +detail, to desk-X@.
const aliases = `/^(confirm|b)-([a-z0-9]+)(\+[^@]*)?@provider\.example$/ desk-${2}${3}@provider.example
`

// headers writes those fields of each mail that begins to come in into the log.
const headers = "/^(Date|Message-ID):/ INFO\n"
