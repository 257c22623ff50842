/* Objects that share a SOP Instance UID (layout/fileset/catalog.h). */
#include "layout/fileset/catalog_private.h"

static bool is_on_a_disc(const struct dw_entry *entry)
{
    return entry->state == DW_ENTRY_READY;
}

/* The entry against those of its chain that came before it. */
static void settle(dw_catalog *catalog, uint32_t first, struct dw_entry *entry)
{
    uint32_t patient = dw_entry_patient_index(catalog, entry);
    entry->layer = 0;
    for (uint32_t i = first; &catalog->entries[i] != entry; i = catalog->entries[i].next_twin) {
        const struct dw_entry *before = &catalog->entries[i];
        if (!is_on_a_disc(before) || dw_entry_patient_index(catalog, before) != patient)
            continue;
        if (dw_entry_same_content(before, entry)) {
            entry->state = DW_ENTRY_DUPLICATE;
            catalog->duplicates++;
            return;
        }
        entry->layer = (uint8_t)(before->layer + 1);
    }
}

void dw_catalog_settle_twins(dw_catalog *catalog)
{
    for (uint32_t first = 0; first < catalog->entry_count; first++) {
        if (catalog->entries[first].is_twin)
            continue;
        catalog->entries[first].layer = 0;
        for (uint32_t i = catalog->entries[first].next_twin; i != 0; i = catalog->entries[i].next_twin)
            if (is_on_a_disc(&catalog->entries[i]))
                settle(catalog, first, &catalog->entries[i]);
    }
}
