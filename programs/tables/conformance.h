/** The tables of docs/conformance.md's media part, from the tables that the programs go by. */
#ifndef DW_PROGRAMS_TABLES_CONFORMANCE_H
#define DW_PROGRAMS_TABLES_CONFORMANCE_H
#include "base/text.h"

/** Markdown: application profiles, storage SOP classes with their directory records, transfer syntaxes. */
void dw_conformance_print(struct dw_buf *out);

#endif
