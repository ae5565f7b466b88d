// The processor's instruction for CRC-32C, which Swift has no name for.
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)

// Whether this processor has it, and the multiplication that joins registers.
static inline int crc32c_instruction_exists(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

// Eight bytes at any address.
static inline uint64_t crc32c_word(const unsigned char *bytes) {
    uint64_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

// The register after as many zero bytes as the constant stands for: x to the power of eight times their number less 33,
// reflected. The instruction's own reduction does the rest.
__attribute__((target("sse4.2,pclmul"))) static inline uint64_t crc32c_past_zeros(uint64_t value, uint64_t constant) {
    typedef long long pair __attribute__((vector_size(16)));
    pair left = {(long long)value, 0}, right = {(long long)constant, 0};
    pair product = __builtin_ia32_pclmulqdq128(left, right, 0);
    return __builtin_ia32_crc32di(0, (uint64_t)product[0]);
}

// The register after these bytes; its first and last mask are the caller's.
//
// The instruction takes three cycles and the processor begins one each cycle: three stretches go side by side, and their
// registers are joined.
__attribute__((target("sse4.2,pclmul"))) static inline uint32_t crc32c_advance(
    uint32_t start, const void *bytes, size_t count) {
    enum { stretch = 4096 };
    const uint64_t past_one = 0x82f89c77, past_two = 0x54a86326;
    const unsigned char *next = (const unsigned char *)bytes;
    uint64_t value = start;
    for (; count >= 3 * stretch; count -= 3 * stretch, next += 3 * stretch) {
        uint64_t second = 0, third = 0;
        for (size_t at = 0; at < stretch; at += 8) {
            value = __builtin_ia32_crc32di(value, crc32c_word(next + at));
            second = __builtin_ia32_crc32di(second, crc32c_word(next + stretch + at));
            third = __builtin_ia32_crc32di(third, crc32c_word(next + 2 * stretch + at));
        }
        value = crc32c_past_zeros(value, past_two) ^ crc32c_past_zeros(second, past_one) ^ third;
    }
    for (; count >= 8; count -= 8, next += 8) value = __builtin_ia32_crc32di(value, crc32c_word(next));
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
