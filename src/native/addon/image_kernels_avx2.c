/*
 * The passes with AVX2. A 23-bit weight is high * 65536 + low (image_axis): `low` goes through 16-bit multiplications
 * that add neighbours in 32 bits, `high` through 8-bit ones that add them in 16 bits. Sums may wrap on the way;
 * only their value modulo 2^16 and 2^32 counts, because the total fits.
 */
#if defined(__x86_64__)
#include "image_kernels.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* low + high * 65536, for the lanes of the lower or upper half of `high`. */
AVX2 static inline __m256i join_lower(__m256i low, __m256i high) {
  return _mm256_add_epi32(low, _mm256_unpacklo_epi16(_mm256_setzero_si256(), high));
}
AVX2 static inline __m256i join_upper(__m256i low, __m256i high) {
  return _mm256_add_epi32(low, _mm256_unpackhi_epi16(_mm256_setzero_si256(), high));
}
AVX2 static inline __m256i rounded(__m256i sum) {
  return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(IMAGE_WEIGHT_HALF)), IMAGE_WEIGHT_BITS);
}

AVX2 static inline __m256i load_two(const uint8_t *first, const uint8_t *second) {
  __m128i low = _mm_loadu_si128((const __m128i *)(const void *)first);
  __m128i high = _mm_loadu_si128((const __m128i *)(const void *)second);
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

struct sums {
  __m256i low_a, low_b, high;
};

/* Four taps of up to four channels, two rows; `order` gathers each channel's four bytes. */
AVX2 static inline void add_taps(struct sums *sums, __m256i pixels, __m256i order, __m256i low, __m256i high) {
  __m256i zero = _mm256_setzero_si256(), taps = _mm256_shuffle_epi8(pixels, order);
  sums->high = _mm256_add_epi16(sums->high, _mm256_maddubs_epi16(taps, high));
  sums->low_a = _mm256_add_epi32(sums->low_a, _mm256_madd_epi16(_mm256_unpacklo_epi8(taps, zero), low));
  sums->low_b = _mm256_add_epi32(sums->low_b, _mm256_madd_epi16(_mm256_unpackhi_epi8(taps, zero), low));
}

AVX2 static inline __m256i total(const struct sums *sums) {
  return rounded(_mm256_hadd_epi32(join_lower(sums->low_a, sums->high), join_upper(sums->low_b, sums->high)));
}

AVX2 static inline void store_pixel(uint8_t *out, __m128i bytes) {
  int pixel = _mm_cvtsi128_si32(bytes);
  memcpy(out, &pixel, 4);
}

AVX2 static inline __m256i gathering_order(int channels) {
  uint8_t order[32];
  for (int i = 0; i < 32; i++) {
    int channel = (i & 15) >> 2, tap = i & 3;
    order[i] = channel < channels ? (uint8_t)(tap * channels + channel) : 0x80;
  }
  return _mm256_loadu_si256((const __m256i *)(const void *)order);
}

AVX2 static inline void horizontal_pixels(const struct image_axis *axis, int channels, const uint8_t *const rows[4],
                                          uint8_t *const out[4]) {
  __m256i order = gathering_order(channels), zero = _mm256_setzero_si256();
  for (int x = 0; x < axis->size; x++) {
    const int16_t *low_weights = axis->low + (size_t)x * (size_t)axis->stride;
    const int8_t *high_weights = axis->high + (size_t)x * (size_t)axis->stride;
    size_t at = (size_t)axis->start[x] * (size_t)channels;
    struct sums upper = {zero, zero, zero}, lower = upper;
    for (int i = 0; i < axis->count[x]; i += 4, at += 4 * (size_t)channels) {
      int64_t low_four;
      int32_t high_four;
      memcpy(&low_four, low_weights + i, sizeof low_four);
      memcpy(&high_four, high_weights + i, sizeof high_four);
      __m256i low = _mm256_set1_epi64x(low_four), high = _mm256_set1_epi32(high_four);
      add_taps(&upper, load_two(rows[0] + at, rows[1] + at), order, low, high);
      add_taps(&lower, load_two(rows[2] + at, rows[3] + at), order, low, high);
    }
    /* Rows 0 and 2 end in the lower lane, 1 and 3 in the upper one. */
    __m256i words = _mm256_packus_epi32(total(&upper), total(&lower)), bytes = _mm256_packus_epi16(words, words);
    __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
    size_t place = (size_t)x * (size_t)channels;
    store_pixel(out[0] + place, even);
    store_pixel(out[1] + place, odd);
    store_pixel(out[2] + place, _mm_srli_si128(even, 4));
    store_pixel(out[3] + place, _mm_srli_si128(odd, 4));
  }
}

AVX2 static inline __m128i load_halves(const uint8_t *first, const uint8_t *second) {
  return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)first),
                            _mm_loadl_epi64((const __m128i *)(const void *)second));
}

AVX2 static void horizontal_gray(const struct image_axis *axis, const uint8_t *const rows[4], uint8_t *const out[4]) {
  __m256i zero = _mm256_setzero_si256();
  for (int x = 0; x < axis->size; x++) {
    const int16_t *low_weights = axis->low + (size_t)x * (size_t)axis->stride;
    const int8_t *high_weights = axis->high + (size_t)x * (size_t)axis->stride;
    size_t at = (size_t)axis->start[x];
    struct sums sums = {zero, zero, zero};
    for (int i = 0; i < axis->count[x]; i += 8, at += 8) {
      int64_t high_eight;
      memcpy(&high_eight, high_weights + i, sizeof high_eight);
      __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(low_weights + i)));
      __m256i taps = _mm256_set_m128i(load_halves(rows[2] + at, rows[3] + at), load_halves(rows[0] + at, rows[1] + at));
      sums.high = _mm256_add_epi16(sums.high, _mm256_maddubs_epi16(taps, _mm256_set1_epi64x(high_eight)));
      sums.low_a = _mm256_add_epi32(sums.low_a, _mm256_madd_epi16(_mm256_unpacklo_epi8(taps, zero), low));
      sums.low_b = _mm256_add_epi32(sums.low_b, _mm256_madd_epi16(_mm256_unpackhi_epi8(taps, zero), low));
    }
    __m256i pairs = _mm256_hadd_epi32(join_lower(sums.low_a, sums.high), join_upper(sums.low_b, sums.high));
    __m256i words = _mm256_packus_epi32(rounded(_mm256_hadd_epi32(pairs, pairs)), zero);
    __m256i bytes = _mm256_packus_epi16(words, zero);
    __m128i upper = _mm256_castsi256_si128(bytes), lower = _mm256_extracti128_si256(bytes, 1);
    out[0][x] = (uint8_t)_mm_extract_epi8(upper, 0);
    out[1][x] = (uint8_t)_mm_extract_epi8(upper, 1);
    out[2][x] = (uint8_t)_mm_extract_epi8(lower, 0);
    out[3][x] = (uint8_t)_mm_extract_epi8(lower, 1);
  }
}

AVX2 static void horizontal(const struct image_axis *axis, int channels, const uint8_t *const rows[IMAGE_ROW_BATCH],
                            uint8_t *const out[IMAGE_ROW_BATCH]) {
  const uint8_t *sources[IMAGE_ROW_BATCH];
  uint8_t *targets[IMAGE_ROW_BATCH];
  for (int i = 0; i < IMAGE_ROW_BATCH; i++) { /* missing rows: the first once more */
    sources[i] = rows[i] != NULL ? rows[i] : rows[0];
    targets[i] = rows[i] != NULL ? out[i] : out[0];
  }
  if (channels == 1) horizontal_gray(axis, sources, targets);
  if (channels == 2) horizontal_pixels(axis, 2, sources, targets);
  if (channels == 3) horizontal_pixels(axis, 3, sources, targets);
  if (channels == 4) horizontal_pixels(axis, 4, sources, targets);
}

/* Two rows, 16 columns of each lane: their bytes alternate in `pairs`. */
AVX2 static inline void add_pairs(struct sums *sums, __m256i pairs, __m256i low, __m256i high) {
  __m256i zero = _mm256_setzero_si256();
  sums->high = _mm256_add_epi16(sums->high, _mm256_maddubs_epi16(pairs, high));
  sums->low_a = _mm256_add_epi32(sums->low_a, _mm256_madd_epi16(_mm256_unpacklo_epi8(pairs, zero), low));
  sums->low_b = _mm256_add_epi32(sums->low_b, _mm256_madd_epi16(_mm256_unpackhi_epi8(pairs, zero), low));
}

AVX2 static inline __m256i words_of(const struct sums *sums) {
  return _mm256_packus_epi32(rounded(join_lower(sums->low_a, sums->high)),
                             rounded(join_upper(sums->low_b, sums->high)));
}

AVX2 static void vertical(const uint8_t *const *rows, const struct image_axis *axis, int y, uint8_t *out, int size) {
  const int16_t *low_weights = axis->low + (size_t)y * (size_t)axis->stride;
  const int8_t *high_weights = axis->high + (size_t)y * (size_t)axis->stride;
  int count = axis->count[y];
  __m256i zero = _mm256_setzero_si256();
  for (int x = 0; x < size; x += 32) {
    struct sums left = {zero, zero, zero}, right = left;
    for (int i = 0; i < count; i += 2) {
      const uint8_t *second = rows[i + 1 < count ? i + 1 : i]; /* past the end its weight is 0 */
      int32_t low_two;
      int16_t high_two;
      memcpy(&low_two, low_weights + i, sizeof low_two);
      memcpy(&high_two, high_weights + i, sizeof high_two);
      __m256i low = _mm256_set1_epi32(low_two), high = _mm256_set1_epi16(high_two);
      __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(rows[i] + x));
      __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(second + x));
      add_pairs(&left, _mm256_unpacklo_epi8(a, b), low, high);
      add_pairs(&right, _mm256_unpackhi_epi8(a, b), low, high);
    }
    _mm256_storeu_si256((__m256i *)(void *)(out + x), _mm256_packus_epi16(words_of(&left), words_of(&right)));
  }
}

const struct image_kernels image_kernels_avx2 = {horizontal, vertical};
#else
typedef int image_kernels_avx2_unused; /* ISO C wants a declaration */
#endif
