/** Sections of discwright.conf that a site writes as often as it needs: [robot NAME], one row of
 *  dw_section_kinds each. Parser, --print-config, man page and conf/discwright.conf all go by that table. The
 *  sections of one kind keep the order of the file. */
#ifndef DW_DAEMON_SECTIONS_H
#define DW_DAEMON_SECTIONS_H
#include "base/options.h"

struct dw_config;

struct dw_section_kind {
    const char *kind;              /**< "robot"; the section of its options too */
    const struct dw_option *table; /**< offsets count from the options below */
    const size_t *option_count;
    size_t items;     /**< in struct dw_config: pointer to the sections, NULL while there are none */
    size_t count;     /**< in struct dw_config: how many there are, a size_t */
    size_t item_size; /**< of one section, which begins with its name */
    size_t name_size; /**< bytes of that name with the final zero */
    size_t options;   /**< in one section */
    size_t max;       /**< sections of this kind */
    bool (*is_name)(const char *name);
    /** Optional: what a value must be beyond its type, asked before it is set. */
    dw_status (*check)(const char *key, const char *value, struct dw_error *err);
    const char *names;   /**< what is_name() takes, "letters, digits, '-' and '_'" */
    const char *example; /**< a name for conf/discwright.conf */
    bool shown;          /**< there as a real section, not as a comment */
    const char *help;    /**< what such a section is, one or two sentences */
};
extern const struct dw_section_kind dw_section_kinds[];
extern const size_t dw_section_kind_count;

/** "robot left" is of kind robot and named left; quotes around a name are not part of it. NULL: it is no
 *  section that repeats. */
const struct dw_section_kind *dw_section_kind_of(const char *section, char *name, size_t size);
/** The section of that name, made with its defaults unless it is there already. DW_ERR_INVALID: no such name;
 *  DW_ERR_LIMIT: kind->max. *out lives as long as config and does not move. */
DW_MUST_CHECK dw_status dw_section_add(struct dw_config *config, const struct dw_section_kind *kind,
                                       const char *name, void **out, struct dw_error *err);
DW_MUST_CHECK dw_status dw_section_set(const struct dw_section_kind *kind, void *section,
                                       const char *key, const char *value, struct dw_error *err);
/** Every section of every kind as text that reads back. */
void dw_sections_print(const struct dw_config *config, struct dw_buf *out);
void dw_sections_done(struct dw_config *config);

#endif
