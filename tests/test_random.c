#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "tests/test.h"

static void a_fixed_source_repeats_itself(void)
{
    struct dw_random_fixed a = {.seed = {1}}, b = {.seed = {1}}, c = {.seed = {2}};
    struct dw_random ra = dw_random_from_fixed(&a), rb = dw_random_from_fixed(&b),
                     rc = dw_random_from_fixed(&c);
    char one[DW_UID_MAX], two[DW_UID_MAX], other[DW_UID_MAX];
    dw_uid_new(&ra, one);
    dw_uid_new(&rb, two);
    dw_uid_new(&rc, other);
    CHECK_STR(one, two);
    CHECK(strcmp(one, other) != 0);
    dw_uid_new(&ra, two);
    CHECK(strcmp(one, two) != 0);
}

static void a_uid_is_a_uuid_below_2_25(void)
{
    struct dw_random random = dw_random_system();
    char uid[DW_UID_MAX];
    for (int i = 0; i < 1000; i++) {
        dw_uid_new(&random, uid);
        CHECK(strncmp(uid, "2.25.", 5) == 0);
        CHECK(strlen(uid) <= 44 && uid[5] != '0');
        CHECK_INT(strspn(uid, "0123456789."), strlen(uid));
    }
}

static void sha256_is_the_standard_one(void)
{
    uint8_t sum[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    dw_sha256 *sha = dw_sha256_new();
    for (int round = 0; round < 2; round++) { /* one object serves many files */
        dw_sha256_start(sha);
        dw_sha256_add(sha, "a", 1);
        dw_sha256_add(sha, "bc", 2);
        dw_sha256_end(sha, sum);
        dw_text_hex(sum, sizeof sum, hex);
        CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    dw_sha256_free(sha);
}

TESTS(TEST(a_fixed_source_repeats_itself), TEST(a_uid_is_a_uuid_below_2_25),
      TEST(sha256_is_the_standard_one))
