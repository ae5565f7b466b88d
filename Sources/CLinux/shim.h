// Calls of Linux that the C library has no function for. Each fails with -1 and errno, also on a kernel without it.
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Opens a file below a folder to read if that needs nothing of the disk. Fails otherwise, also where the file is there.
static inline int linux_open_in_memory(int folder, const char *path) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

// Opens a file to read and write past the system's cache, in whole blocks. Fails where the file system can't.
static inline int linux_open_direct(const char *path) {
    // O_DIRECT, which <fcntl.h> has for GNU sources only.
    return open(path, O_RDWR | O_CLOEXEC | __O_DIRECT);
}

// Reads what is in memory of these bytes, maybe fewer. Fails where the first of them is not.
static inline ssize_t linux_read_in_memory(int file, void *bytes, size_t count, int64_t offset) {
    // RWF_NOWAIT, which <sys/uio.h> has for GNU sources only.
    enum { no_wait = 8 };
    struct iovec vector = {.iov_base = bytes, .iov_len = count};
    return syscall(SYS_preadv2, file, &vector, 1, (long)offset, (long)(offset >> 32 >> 32), no_wait);
}
