/** The file entries of a UDF volume taken together: how many names each has, and whose blocks they are. */
#ifndef DW_CHECK_UDF_NODES_H
#define DW_CHECK_UDF_NODES_H
#include "check/rules.h"

struct dw_udf_node;
struct dw_udf_owner;
struct dw_udf_nodes { /* {0}; free: dw_udf_nodes_done() */
    struct dw_judge *judge;
    dw_udfvol *volume;
    struct dw_lookup by_icb, by_path; /* block of its entry; of folders */
    struct dw_udf_node *list;
    size_t count, cap;
    struct dw_udf_owner *owners; /* of extents */
    size_t owner_count, owner_cap;
};
/** Begins with the root. The volume is borrowed. */
void dw_udf_nodes_begin(struct dw_udf_nodes *nodes, struct dw_judge *judge, dw_udfvol *volume);
void dw_udf_nodes_add(struct dw_udf_nodes *nodes, const struct dw_udfvol_entry *entry); /**< folders first */
void dw_udf_nodes_end(struct dw_udf_nodes *nodes); /**< what only shows when all are known */
void dw_udf_nodes_done(struct dw_udf_nodes *nodes);

#endif
