/* Bins. By the settings the first one is the right bin and the second, if there is one, the left; the service counts
 * the other way round, and what BinID means depends on kiosk mode. */
#include <string.h>

#include "ptburn_state.h"

bool ptburn_wants_kiosk(const struct dw_robot_options *options)
{
    return strcmp(options->kiosk, "on") == 0;
}

static int discs_in(const dw_ptburn *ptburn, int bin)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    if (!robot)
        return -1;
    return bin == 1 ? robot->right : robot->left;
}

static const char *stock_of(const dw_ptburn *ptburn, int bin)
{
    return ptburn->opts.stock ? dw_stock_of(ptburn->opts.stock, bin) : ptburn->bins.stock[bin - 1];
}

/* With one input bin good discs go into the left bin, but in kiosk mode that one would be emptied, too: then from the
 * right one to the front, also before a server that was told to has changed its mode. */
static enum dw_ptburn_bin bin_id(const dw_ptburn *ptburn, int bin)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    bool kiosk = (robot && robot->kiosk == 1) || ptburn_wants_kiosk(&ptburn->options);
    if (bin == 2)
        return DW_PTBURN_BIN_LEFT;
    return ptburn->bins.count == 1 && !kiosk ? DW_PTBURN_BIN_AUTO : DW_PTBURN_BIN_RIGHT;
}

bool ptburn_bin_for(const dw_ptburn *ptburn, const struct dw_disc_order *order, enum dw_ptburn_bin *out)
{
    int best = 0;
    for (int bin = 1; bin <= ptburn->bins.count; bin++) {
        bool fits = strcmp(ptburn->bins.blank[bin - 1]->name, order->media) == 0 &&
                    dw_stock_fits(order->stock, stock_of(ptburn, bin));
        if (fits && (!best || (discs_in(ptburn, best) == 0 && discs_in(ptburn, bin) != 0)))
            best = bin;
    }
    if (best)
        *out = bin_id(ptburn, best);
    return best != 0;
}

void ptburn_sense_bins(const dw_ptburn *ptburn, struct dw_sensors *sensors)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    for (int i = 0; i < sensors->bins; i++) {
        sensors->bin[i].discs = discs_in(ptburn, i + 1);
        sensors->bin[i].where = i == 0 ? "right" : "left";
        dw_text_cut(sensors->bin[i].stock, sizeof sensors->bin[i].stock, stock_of(ptburn, i + 1));
    }
    if (sensors->bins == 1 && robot && robot->left_bin && robot->kiosk != 1) {
        sensors->output.discs = robot->left;
        sensors->output.where = "left";
    }
}

int ptburn_blanks_left(const dw_ptburn *ptburn, const char *media)
{
    int left = 0;
    for (int bin = 1; bin <= ptburn->bins.count; bin++) {
        if (strcmp(ptburn->bins.blank[bin - 1]->name, media) != 0)
            continue;
        if (discs_in(ptburn, bin) < 0)
            return -1;
        left += discs_in(ptburn, bin);
    }
    return left;
}

int ptburn_blanks_wanted(const dw_ptburn *ptburn, const char *media)
{
    int wanted = 0;
    for (size_t i = 0; i < ptburn->count; i++) {
        const struct ptburn_disc *disc = ptburn->discs[i];
        wanted += disc->outcome == DW_PTBURN_OPEN && !disc->follow.used && strcmp(disc->order.media, media) == 0;
    }
    return wanted;
}
