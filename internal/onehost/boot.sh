# Run in new namespaces: makes a throw-away copy of this machine's file system
# below $1 and becomes its systemd. Nothing is written outside the namespaces: the
# upper layer is in memory.
set -eu
trap 'echo "refused at line $LINENO" >&2; exit 77' ERR
base=$1
mount --make-rprivate /
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then # version 2 alone
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
	mkdir "$root/sys/fs/cgroup/unified" "$root/sys/fs/cgroup/systemd"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
	mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
fi
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"

# There is no network in here: what is installed is the newest that apt knows of.
mount -t tmpfs tmpfs "$root/var/lib/apt/lists"

ip link set lo up
hostname dsr
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
# What this machine starts at boot is not wanted here, only what the page starts.
ln -sf /lib/systemd/system/basic.target "$root/etc/systemd/system/default.target"
echo "127.0.0.1 localhost dsr mail.provider.example" >"$root/etc/hosts"
rm -f "$root/etc/resolv.conf"
echo "nameserver 127.0.0.1" >"$root/etc/resolv.conf"

# Not chroot: user namespaces, which units ask for, are refused below one.
cd "$root"
mkdir -p mnt
pivot_root . mnt
umount -l /mnt
unshare --user true # units ask for it; below a chroot of somebody else's it is refused
exec env -i container=onehost PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --system --crash-shell=no --log-target=journal --show-status=0
