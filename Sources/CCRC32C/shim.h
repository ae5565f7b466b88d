// The processor's instruction for CRC-32C, which Swift has no name for.
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)

// Whether this processor has it.
static inline int crc32c_instruction_exists(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0;
}

// The register after these bytes; its first and last mask are the caller's.
__attribute__((target("sse4.2"))) static inline uint32_t crc32c_advance(
    uint32_t start, const void *bytes, size_t count) {
    const unsigned char *next = (const unsigned char *)bytes;
    uint64_t value = start;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        __builtin_memcpy(&word, next, 8);
        value = __builtin_ia32_crc32di(value, word);
    }
    uint32_t rest = (uint32_t)value;
    for (; count > 0; count--, next++) rest = __builtin_ia32_crc32qi(rest, *next);
    return rest;
}

#else

static inline int crc32c_instruction_exists(void) { return 0; }

static inline uint32_t crc32c_advance(uint32_t start, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return start;
}

#endif
