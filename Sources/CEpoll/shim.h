// What Swift's module of the C library leaves out.
#include <stddef.h>
#include <sys/epoll.h>

// Declared by <string.h> for GNU sources only.
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);
