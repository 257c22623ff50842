/* Piles of blanks: what the site says, what a person says later, and which disc goes where. */
#include "robot/stock.h"

#include "base/file.h"
#include "test.h"

static dw_stock *opened(const char *folder, const char *bins)
{
    struct dw_robot_options options = {.driver = ""};
    struct dw_error err = {0};
    dw_stock *stock = NULL;
    snprintf(options.bins, sizeof options.bins, "%s", bins);
    CHECK_OK(dw_stock_open(folder, &options, &stock, &err), err);
    return stock;
}

static void a_bin_has_a_kind_and_the_name_of_a_pile(void)
{
    struct dw_robot_bins bins;
    struct dw_error err = {0};
    CHECK_OK(dw_robot_bins_read("cd:white, dvd:preprinted-a,bd", &bins, &err), err);
    CHECK_INT(bins.count, 3);
    CHECK_STR(bins.blank[1]->name, "dvd");
    CHECK_STR(bins.stock[1], "preprinted-a");
    CHECK_STR(bins.stock[2], "");
    CHECK_INT(dw_robot_bins_read("cd:", &bins, &err), DW_ERR_INVALID);
    CHECK_INT(dw_robot_bins_read("cd:a b", &bins, &err), DW_ERR_INVALID);
    CHECK_INT(dw_robot_bins_read("cd:a/b", &bins, &err), DW_ERR_INVALID);
    CHECK_INT(dw_robot_bins_read("cd:123456789012345678901234567890123", &bins, &err), DW_ERR_INVALID);
}

static void what_a_person_said_outlives_a_restart_but_not_other_settings(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_stock *stock = opened(folder, "cd:white,dvd");
    CHECK_STR(dw_stock_of(stock, 1), "white");
    CHECK_OK(dw_stock_set(stock, 2, "blue", &err), err);
    CHECK_INT(dw_stock_set(stock, 3, "blue", &err), DW_ERR_INVALID);
    CHECK_INT(dw_stock_set(stock, 1, "no name", &err), DW_ERR_INVALID);
    dw_stock_close(stock);
    stock = opened(folder, "cd:white,dvd");
    CHECK_STR(dw_stock_of(stock, 2), "blue");
    dw_stock_close(stock);
    stock = opened(folder, "cd:white,dvd:green");
    CHECK_STR(dw_stock_of(stock, 2), "green");
    dw_stock_close(stock);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_template_that_names_a_pile_gets_that_and_no_other(void)
{
    CHECK(dw_stock_fits("", "white"));
    CHECK(dw_stock_fits("", ""));
    CHECK(dw_stock_fits("white", "white"));
    CHECK(!dw_stock_fits("white", ""));
    CHECK(!dw_stock_fits("white", "blue"));
}

TESTS(TEST(a_bin_has_a_kind_and_the_name_of_a_pile),
      TEST(what_a_person_said_outlives_a_restart_but_not_other_settings),
      TEST(a_template_that_names_a_pile_gets_that_and_no_other))
