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

// Whether this processor also multiplies eight words at once, without carries.
static inline int crc32c_wide_exists(void) {
    return crc32c_instruction_exists() != 0 && __builtin_cpu_supports("avx512f") != 0 &&
           __builtin_cpu_supports("vpclmulqdq") != 0;
}

typedef long long crc32c_block __attribute__((vector_size(64)));

// A block moved on by 256 bytes, and joined with the one that lies there: each half of its four pieces is multiplied by what
// the power of x for that distance leaves of a division by the polynomial.
__attribute__((target("avx512f,vpclmulqdq"), always_inline)) static inline crc32c_block crc32c_fold(
    crc32c_block block, const unsigned char *bytes) {
    // x to the power of 8 * 256 + 32 and 8 * 256 - 32, reflected, and one place up because the product of two reflected
    // numbers is one short.
    const long long low = 0xdcb17aa4, high = 0xb9e02b86;
    const crc32c_block factors = {low, high, low, high, low, high, low, high};
    crc32c_block there;
    __builtin_memcpy(&there, bytes, sizeof there);
    return __builtin_ia32_pclmulqdq512(block, factors, 0x00) ^ __builtin_ia32_pclmulqdq512(block, factors, 0x11) ^ there;
}

// The same as crc32c_advance, in less than half the time. All bytes are folded into 256 whose check is the same; the
// instruction takes those and what is left.
__attribute__((target("avx512f,vpclmulqdq,sse4.2,pclmul"))) static inline uint32_t crc32c_advance_wide(
    uint32_t start, const void *bytes, size_t count) {
    // Four at a time, because a multiplication takes as many cycles; each by name, so that they stay in registers.
    enum { size = sizeof(crc32c_block), stretch = 4 * size };
    if (count < 2 * stretch) return crc32c_advance(start, bytes, count);
    const unsigned char *next = (const unsigned char *)bytes;
    crc32c_block folded[4];
    __builtin_memcpy(folded, next, stretch);
    crc32c_block first = folded[0] ^ (crc32c_block){start}, second = folded[1], third = folded[2], fourth = folded[3];
    for (next += stretch, count -= stretch; count >= stretch; next += stretch, count -= stretch) {
        first = crc32c_fold(first, next);
        second = crc32c_fold(second, next + size);
        third = crc32c_fold(third, next + 2 * size);
        fourth = crc32c_fold(fourth, next + 3 * size);
    }
    folded[0] = first, folded[1] = second, folded[2] = third, folded[3] = fourth;
    return crc32c_advance(crc32c_advance(0, folded, stretch), next, count);
}

#else

static inline int crc32c_instruction_exists(void) { return 0; }

static inline uint32_t crc32c_advance(uint32_t start, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return start;
}

static inline int crc32c_wide_exists(void) { return 0; }

static inline uint32_t crc32c_advance_wide(uint32_t start, const void *bytes, size_t count) {
    return crc32c_advance(start, bytes, count);
}

#endif
