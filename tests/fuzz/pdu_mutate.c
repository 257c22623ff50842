#include "pdu_mutate.h"

#include <string.h>

#define PDV_HEAD 6  /* of a PDU: the first PDV begins */
#define REQUEST_HEAD 74 /* of an A-ASSOCIATE-RQ: the first item begins */
#define NESTED_MAX 4000 /* levels of a command set; the limit is lower */

static uint8_t *at(const struct pdu *pdu, size_t offset)
{
    return (uint8_t *)pdu->bytes.data + offset;
}

static uint8_t any_byte(struct dice *dice)
{
    static const uint8_t edges[] = {0, 1, 2, 4, 0x7F, 0x80, 0xFE, 0xFF};
    return dice_one_in(dice, 2) ? edges[dice_below(dice, sizeof edges)] : (uint8_t)dice_below(dice, 256);
}

/* What a length field may say of `size` bytes. */
static uint32_t any_length(struct dice *dice, size_t size)
{
    const uint32_t near = (uint32_t)size;
    const uint32_t lengths[] = {0,         1,        2,          3,          near - 1,   near + 1,  near - 2,
                                near + 2,  near * 2, near / 2,   0xFFFF,     0x10000,    131072,    131073,
                                0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE};
    return dice_one_in(dice, 4) ? dice_below(dice, UINT32_MAX)
                                : lengths[dice_below(dice, sizeof lengths / sizeof lengths[0])];
}

static void put_big(uint8_t *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

/* --- changes of one PDU; false: this one cannot be changed so --- */

typedef bool change(struct pdu *pdu, struct dice *dice);

static bool change_bits(struct pdu *pdu, struct dice *dice)
{
    for (uint32_t n = 1 + dice_below(dice, 8); n > 0; n--)
        *at(pdu, dice_below(dice, (uint32_t)pdu->bytes.size)) ^= (uint8_t)(1u << dice_below(dice, 8));
    return true;
}

static bool change_bytes(struct pdu *pdu, struct dice *dice)
{
    for (uint32_t n = 1 + dice_below(dice, 6); n > 0; n--)
        *at(pdu, dice_below(dice, (uint32_t)pdu->bytes.size)) = any_byte(dice);
    return true;
}

/* Behind all heads: the data set or the command is another, and the association goes on if that may be. */
static bool change_body(struct pdu *pdu, struct dice *dice)
{
    uint32_t head = *at(pdu, 0) == PDU_DATA ? PDV_HEAD + 6 : 6;
    if (pdu->bytes.size <= head)
        return false;
    for (uint32_t n = 1 + dice_below(dice, 6); n > 0; n--)
        *at(pdu, head + dice_below(dice, (uint32_t)pdu->bytes.size - head)) = any_byte(dice);
    return true;
}

static bool change_length(struct pdu *pdu, struct dice *dice)
{
    put_big(at(pdu, 2), any_length(dice, pdu->bytes.size - 6), 4);
    return true;
}

static bool change_type(struct pdu *pdu, struct dice *dice)
{
    *at(pdu, 0) = dice_one_in(dice, 2) ? (uint8_t)dice_below(dice, 9) : any_byte(dice);
    return true;
}

static bool change_pdv_length(struct pdu *pdu, struct dice *dice)
{
    if (*at(pdu, 0) != PDU_DATA || pdu->bytes.size < PDV_HEAD + 4)
        return false;
    put_big(at(pdu, PDV_HEAD), any_length(dice, pdu->bytes.size - PDV_HEAD - 4), 4);
    return true;
}

static bool change_pdv_head(struct pdu *pdu, struct dice *dice)
{
    if (*at(pdu, 0) != PDU_DATA || pdu->bytes.size < PDV_HEAD + 6)
        return false;
    *at(pdu, PDV_HEAD + 4 + dice_below(dice, 2)) = any_byte(dice);
    return true;
}

static bool cut(struct pdu *pdu, struct dice *dice)
{
    pdu->bytes.size = 1 + dice_below(dice, (uint32_t)pdu->bytes.size - 1);
    if (dice_one_in(dice, 2))
        pdu_mend(pdu);
    return true;
}

static bool append(struct pdu *pdu, struct dice *dice)
{
    for (uint32_t n = 1 + dice_below(dice, 300); n > 0; n--) {
        uint8_t byte = any_byte(dice);
        dw_buf_add(&pdu->bytes, &byte, 1);
    }
    if (dice_one_in(dice, 2))
        pdu_mend(pdu);
    return true;
}

/* The 16-bit length of an item of the request, or of one within a context or the user information. */
static bool change_item(struct pdu *pdu, struct dice *dice)
{
    size_t found[64], count = 0, size = pdu->bytes.size;
    if (*at(pdu, 0) != PDU_RQ)
        return false;
    for (size_t i = REQUEST_HEAD; i + 4 <= size && count < 64;) {
        uint8_t type = *at(pdu, i);
        found[count++] = i;
        if (type == 0x20)
            i += 8;
        else if (type == 0x50)
            i += 4;
        else
            i += 4 + ((size_t)*at(pdu, i + 2) << 8) + *at(pdu, i + 3);
    }
    if (count == 0)
        return false;
    size_t item = found[dice_below(dice, (uint32_t)count)];
    if (dice_one_in(dice, 3))
        *at(pdu, item) = dice_one_in(dice, 2) ? (uint8_t)(0x50 + dice_below(dice, 10)) : any_byte(dice);
    else
        put_big(at(pdu, item + 2), any_length(dice, size - item - 4), 2);
    return true;
}

/* User information within user information, or the same item a thousand times. */
static bool nest_items(struct pdu *pdu, struct dice *dice)
{
    if (*at(pdu, 0) != PDU_RQ)
        return false;
    bool nested = dice_one_in(dice, 2);
    uint32_t levels = 1 + dice_below(dice, 1000);
    uint8_t type = dice_one_in(dice, 2) ? 0x50 : (uint8_t)(0x50 + dice_below(dice, 9));
    for (uint32_t n = levels; n > 0; n--) {
        uint8_t head[4] = {type};
        put_big(head + 2, nested ? 4 * (n - 1) : 0, 2);
        dw_buf_add(&pdu->bytes, head, sizeof head);
    }
    pdu_mend(pdu);
    return true;
}

/* A command set of sequences in sequences (PS3.7 6.3.1 knows none). */
static bool nest_command(struct pdu *pdu, struct dice *dice)
{
    static const uint8_t level[16] = {0, 0, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF};
    if (*at(pdu, 0) != PDU_DATA || pdu->bytes.size < PDV_HEAD + 6)
        return false;
    uint8_t context = *at(pdu, PDV_HEAD + 4);
    struct dw_buf nested;
    dw_buf_init(&nested, PDU_BYTES_MAX);
    for (uint32_t n = 1 + dice_below(dice, NESTED_MAX); n > 0; n--)
        dw_buf_add(&nested, level, sizeof level);
    pdu->bytes.size = PDV_HEAD;
    pdu_add_pdv(pdu, context, dice_one_in(dice, 4) ? 2 : 3, nested.data, nested.size);
    dw_buf_done(&nested);
    return true;
}

/* The length of the PDV and of the PDU are right, but it ends within an element. */
static bool shorten_body(struct pdu *pdu, struct dice *dice)
{
    if (*at(pdu, 0) != PDU_DATA || pdu->bytes.size < PDV_HEAD + 8)
        return false;
    pdu->bytes.size = PDV_HEAD + 6 + dice_below(dice, (uint32_t)pdu->bytes.size - PDV_HEAD - 6);
    put_big(at(pdu, PDV_HEAD), (uint32_t)pdu->bytes.size - PDV_HEAD - 4, 4);
    pdu_mend(pdu);
    return true;
}

static bool add_empty_pdvs(struct pdu *pdu, struct dice *dice)
{
    if (*at(pdu, 0) != PDU_DATA || pdu->bytes.size < PDV_HEAD + 6)
        return false;
    uint8_t context = *at(pdu, PDV_HEAD + 4), flags = (uint8_t)dice_below(dice, 4);
    for (uint32_t n = 1 + dice_below(dice, 500); n > 0; n--)
        pdu_add_pdv(pdu, context, flags, "", 0);
    return true;
}

static change *const changes[] = {change_bits,       change_bytes,    change_body,  change_body, change_body,
                                  change_length,     change_type,     cut,          append,      change_pdv_length,
                                  change_pdv_head,   change_item,     change_item,  nest_items,  nest_command,
                                  shorten_body,      shorten_body,    add_empty_pdvs};

static size_t change_one(struct session *session, struct dice *dice, bool request)
{
    size_t behind = request ? 0 : 1 + dice_below(dice, (uint32_t)session->count - 1);
    struct pdu *pdu = &session->pdus[session->count > 1 ? behind : 0];
    while (!changes[dice_below(dice, sizeof changes / sizeof changes[0])](pdu, dice))
        continue;
    bool fresh = !pdu->changed;
    pdu->changed = true;
    return fresh;
}

/* Data sets whose bytes are others: each is answered, and the association lives to its end. */
static size_t change_data(struct session *session, struct dice *dice)
{
    size_t changed = 0;
    for (size_t i = 1; i + 1 < session->count; i++) {
        struct pdu *pdu = &session->pdus[i];
        bool command = pdu->bytes.size > PDV_HEAD + 5 && *at(pdu, PDV_HEAD + 5) & 1;
        if (!command && (dice_one_in(dice, 2) ? change_body : shorten_body)(pdu, dice)) {
            pdu->changed = true;
            changed++;
        }
    }
    return changed;
}

/* --- changes of the order --- */

static void swap(struct session *session, size_t a, size_t b)
{
    struct pdu kept = session->pdus[a];
    session->pdus[a] = session->pdus[b];
    session->pdus[b] = kept;
}

static void move_last_to(struct session *session, size_t to)
{
    for (size_t i = session->count - 1; i > to; i--)
        swap(session, i, i - 1);
}

static size_t repeat(struct session *session, struct dice *dice)
{
    size_t from = dice_below(dice, (uint32_t)session->count);
    const struct pdu *source = &session->pdus[from];
    struct pdu *pdu = session_add(session, 0);
    if (!pdu)
        return 0;
    pdu->bytes.size = 0;
    dw_buf_add(&pdu->bytes, source->bytes.data, source->bytes.size);
    pdu->changed = true;
    move_last_to(session, from + 1);
    return 1;
}

static size_t intrude(struct session *session, struct dice *dice)
{
    struct pdu *pdu = session_add(session, (uint8_t)(dice_one_in(dice, 4) ? any_byte(dice) : 2 + dice_below(dice, 6)));
    if (!pdu)
        return 0;
    (void)append(pdu, dice);
    pdu->changed = true;
    move_last_to(session, dice_below(dice, (uint32_t)session->count));
    return 1;
}

static size_t exchange(struct session *session, struct dice *dice)
{
    size_t a = dice_below(dice, (uint32_t)session->count), b = dice_below(dice, (uint32_t)session->count);
    size_t fresh = a == b ? 0 : (size_t)!session->pdus[a].changed + !session->pdus[b].changed;
    if (a != b)
        session->pdus[a].changed = session->pdus[b].changed = true;
    swap(session, a, b);
    return fresh;
}

static size_t drop(struct session *session, struct dice *dice)
{
    if (session->count < 2)
        return 0;
    size_t from = dice_below(dice, (uint32_t)session->count - 1);
    for (size_t i = from; i + 1 < session->count; i++)
        swap(session, i, i + 1);
    session->count--;
    struct pdu *next = &session->pdus[from]; /* comes where another was to be */
    bool fresh = !next->changed;
    next->changed = true;
    return fresh;
}

static size_t change_order(struct session *session, struct dice *dice)
{
    switch (dice_below(dice, 4)) {
    case 0:
        return repeat(session, dice);
    case 1:
        return intrude(session, dice);
    case 2:
        return exchange(session, dice);
    default:
        return drop(session, dice);
    }
}

size_t session_mutate(struct session *session, struct dice *dice)
{
    size_t changed = 0;
    uint32_t kind = dice_below(dice, 10);
    if (kind < 6)
        changed += change_data(session, dice);
    if (kind >= 8)
        changed += change_order(session, dice);
    bool request = dice_one_in(dice, 4); /* seldom enough for the others to be read */
    while (changed == 0 || (kind >= 6 && dice_one_in(dice, 2)))
        changed += change_one(session, dice, request);
    return changed;
}
