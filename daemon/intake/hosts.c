#include "daemon/intake/hosts.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define ENTRY_MAX 80 /* the longest address has 45 characters */
#define SEPARATORS ", \t"
#define MAPPED_BITS 96 /* ::ffff:0:0/96 holds all of IPv4 (RFC 4291 2.5.5.2) */

struct network {
    uint8_t address[16]; /* IPv4 as mapped */
    int bits;            /* that count */
};

static bool read_address(const char *text, struct network *out)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    memcpy(out->address, mapped, sizeof mapped);
    out->bits = 128;
    return inet_pton(AF_INET, text, out->address + 12) == 1 ||
           inet_pton(AF_INET6, text, out->address) == 1;
}

static bool read_network(char *entry, struct network *out)
{
    char *slash = strchr(entry, '/');
    int64_t bits;
    if (strcmp(entry, "*") == 0) {
        *out = (struct network){.bits = 0};
        return true;
    }
    if (slash)
        *slash = '\0';
    if (!read_address(entry, out))
        return false;
    if (!slash)
        return true;
    bool v4 = strchr(entry, ':') == NULL;
    if (!dw_text_int(slash + 1, 0, v4 ? 32 : 128, &bits))
        return false;
    out->bits = (int)bits + (v4 ? MAPPED_BITS : 0);
    return true;
}

static bool is_in(const struct network *network, const struct network *address)
{
    size_t whole = (size_t)network->bits / 8;
    if (memcmp(network->address, address->address, whole) != 0)
        return false;
    unsigned rest = (unsigned)network->bits % 8;
    return rest == 0 || ((network->address[whole] ^ address->address[whole]) >> (8 - rest)) == 0;
}

/* Copies the next entry, as much of it as fits; false at the end of the list. */
static bool next_entry(const char **at, char entry[ENTRY_MAX])
{
    *at += strspn(*at, SEPARATORS);
    size_t n = strcspn(*at, SEPARATORS);
    size_t kept = n < ENTRY_MAX ? n : ENTRY_MAX - 1;
    memcpy(entry, *at, kept);
    entry[kept] = '\0';
    *at += n;
    return n > 0;
}

dw_status dw_hosts_check(const char *list, struct dw_error *err)
{
    char entry[ENTRY_MAX], shown[ENTRY_MAX];
    struct network network;
    while (next_entry(&list, entry)) {
        memcpy(shown, entry, sizeof shown);
        if (!read_network(entry, &network))
            return dw_error_set(err, DW_ERR_INVALID,
                                "'%s' is neither an address nor a network such as 10.1.0.0/16", shown);
    }
    return DW_OK;
}

bool dw_hosts_has(const char *list, const char *address)
{
    char entry[ENTRY_MAX], bare[ENTRY_MAX];
    struct network visitor, network;

    dw_text_cut(bare, sizeof bare, address);
    bare[strcspn(bare, "%")] = '\0'; /* the interface of a link-local address says nothing about who it is */
    if (!read_address(bare, &visitor))
        return false;
    while (next_entry(&list, entry))
        if (read_network(entry, &network) && is_in(&network, &visitor))
            return true;
    return false;
}
