#include "layout/fileset/split.h"
#include "test.h"

/* Things of one size each; the border before thing i is borders[i]. */
struct row {
    const char *borders; /* 'S' study, 'e' series, '.' instance */
    const uint64_t *sizes; /* NULL: 10 each */
    uint64_t head;
};
static enum dw_border border(void *ctx, uint32_t i)
{
    const struct row *row = ctx;
    return row->borders[i] == 'S'   ? DW_BORDER_STUDY
           : row->borders[i] == 'e' ? DW_BORDER_SERIES
                                    : DW_BORDER_INSTANCE;
}
static uint64_t cost(void *ctx, uint32_t first, uint32_t end)
{
    const struct row *row = ctx;
    uint64_t bytes = row->head;
    for (uint32_t i = first; i < end; i++)
        bytes += row->sizes ? row->sizes[i] : 10;
    return bytes;
}
static dw_status split(struct row *row, uint64_t capacity, uint32_t max, uint32_t *ends,
                       uint32_t *discs, uint32_t *stuck, struct dw_error *err)
{
    struct dw_split s = {.count = (uint32_t)strlen(row->borders), .border = border, .cost = cost,
                         .ctx = row, .capacity_bytes = capacity, .discs_max = max};
    return dw_split(&s, ends, discs, stuck, err);
}

static void what_fits_stays_together(void)
{
    struct row row = {.borders = "S..e..S.."};
    uint32_t ends[9], discs, stuck;
    struct dw_error err = {0};
    CHECK_OK(split(&row, 90, 9, ends, &discs, &stuck, &err), err);
    CHECK_INT(discs, 1);
    CHECK_INT(ends[0], 9);
}

static void a_cut_follows_the_study_border_if_that_costs_no_disc(void)
{
    struct row row = {.borders = "S..S..."};
    uint32_t ends[9], discs, stuck;
    struct dw_error err = {0};
    CHECK_OK(split(&row, 50, 9, ends, &discs, &stuck, &err), err);
    CHECK_INT(discs, 2);
    CHECK_INT(ends[0], 3);
    CHECK_INT(ends[1], 7);
}

static void a_series_border_is_taken_when_the_study_does_not_fit(void)
{
    struct row row = {.borders = "S..e...e"};
    uint32_t ends[9], discs, stuck;
    struct dw_error err = {0};
    CHECK_OK(split(&row, 60, 9, ends, &discs, &stuck, &err), err);
    CHECK_INT(discs, 2);
    CHECK_INT(ends[0], 3);
}

static void a_border_never_costs_one_more_disc(void)
{
    struct row row = {.borders = "S.S......."};
    uint32_t ends[9], discs, stuck;
    struct dw_error err = {0};
    CHECK_OK(split(&row, 50, 9, ends, &discs, &stuck, &err), err);
    CHECK_INT(discs, 2);
    CHECK_INT(ends[0], 5); /* at the study border the rest would not fit on one disc */
}

static void what_every_disc_needs_is_counted_on_every_disc(void)
{
    struct row row = {.borders = "S.....", .head = 25};
    uint32_t ends[9], discs, stuck;
    struct dw_error err = {0};
    CHECK_OK(split(&row, 45, 9, ends, &discs, &stuck, &err), err);
    CHECK_INT(discs, 3);
    CHECK_INT(ends[2], 6);
}

static void a_thing_larger_than_a_disc_is_named(void)
{
    static const uint64_t sizes[] = {10, 10, 99, 10};
    struct row row = {.borders = "S...", .sizes = sizes};
    uint32_t ends[9], discs, stuck;
    struct dw_error err = {0};
    CHECK_INT(split(&row, 30, 9, ends, &discs, &stuck, &err), DW_ERR_LIMIT);
    CHECK_INT(stuck, 2);
}

static void more_discs_than_allowed_is_a_limit(void)
{
    struct row row = {.borders = "S......."};
    uint32_t ends[3], discs, stuck;
    struct dw_error err = {0};
    CHECK_INT(split(&row, 20, 3, ends, &discs, &stuck, &err), DW_ERR_LIMIT);
    CHECK_INT(stuck, UINT32_MAX);
    CHECK_HAS(err.text, "more than 3 discs");
}

TESTS(TEST(what_fits_stays_together), TEST(a_cut_follows_the_study_border_if_that_costs_no_disc),
      TEST(a_series_border_is_taken_when_the_study_does_not_fit),
      TEST(a_border_never_costs_one_more_disc),
      TEST(what_every_disc_needs_is_counted_on_every_disc),
      TEST(a_thing_larger_than_a_disc_is_named), TEST(more_discs_than_allowed_is_a_limit))
