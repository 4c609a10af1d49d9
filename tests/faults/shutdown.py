"""Cuts the power of the ext4 file system mounted at argv[1], once a line comes in: what was not fsynced is gone."""
import fcntl, os, struct, sys

EXT4_IOC_SHUTDOWN, WITHOUT_FLUSHING_THE_LOG = 0x8004587D, 2
place = os.open(sys.argv[1], os.O_RDONLY)
print("ready", flush=True)
sys.stdin.readline()
fcntl.ioctl(place, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_LOG))
os.close(place)
print("cut", flush=True)
