#include "pdu_session.h"

#include <stdio.h>
#include <string.h>

#define OBJECTS_MAX 20
#define VERIFICATION_CONTEXT 1
#define CT_CONTEXT 3
#define COMMAND 1
#define LAST 2

static const char ct_class[] = "1.2.840.10008.5.1.4.1.1.2", verification_class[] = "1.2.840.10008.1.1";
static const char explicit_le[] = "1.2.840.10008.1.2.1", implicit_le[] = "1.2.840.10008.1.2";

uint32_t dice_below(struct dice *dice, uint32_t limit) /* splitmix64 */
{
    uint64_t z = dice->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return limit ? (uint32_t)((z ^ z >> 31) >> 32) % limit : 0;
}

void session_init(struct session *session)
{
    for (size_t i = 0; i < PDUS_MAX; i++)
        dw_buf_init(&session->pdus[i].bytes, PDU_BYTES_MAX);
    session->count = 0;
}

void session_done(struct session *session)
{
    for (size_t i = 0; i < PDUS_MAX; i++)
        dw_buf_done(&session->pdus[i].bytes);
}

struct pdu *session_add(struct session *session, uint8_t type)
{
    if (session->count == PDUS_MAX)
        return NULL;
    struct pdu *pdu = &session->pdus[session->count++];
    uint8_t head[6] = {type};
    pdu->changed = false;
    dw_buf_reset(&pdu->bytes);
    dw_buf_add(&pdu->bytes, head, sizeof head);
    return pdu;
}

static void put_u32(uint8_t *out, size_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

void pdu_mend(struct pdu *pdu)
{
    if (pdu->bytes.size >= 6)
        put_u32((uint8_t *)pdu->bytes.data + 2, pdu->bytes.size - 6);
}

void pdu_add_pdv(struct pdu *pdu, uint8_t context, uint8_t flags, const void *data, size_t size)
{
    uint8_t head[6] = {0, 0, 0, 0, context, flags};
    put_u32(head, size + 2);
    dw_buf_add(&pdu->bytes, head, sizeof head);
    dw_buf_add(&pdu->bytes, data, size);
    pdu_mend(pdu);
}

/* --- the request --- */

static void item(struct dw_buf *buf, uint8_t type, const void *data, size_t size)
{
    uint8_t head[4] = {type, 0, (uint8_t)(size >> 8), (uint8_t)size};
    dw_buf_add(buf, head, sizeof head);
    dw_buf_add(buf, data, size);
}

static void context(struct dw_buf *request, uint8_t id, const char *class_uid, const char *syntax)
{
    struct dw_buf inner;
    uint8_t head[4] = {id};
    dw_buf_init(&inner, 4096);
    dw_buf_add(&inner, head, sizeof head);
    item(&inner, 0x30, class_uid, strlen(class_uid));
    item(&inner, 0x40, syntax, strlen(syntax));
    item(&inner, 0x40, implicit_le, strlen(implicit_le));
    item(request, 0x20, inner.data, inner.size);
    dw_buf_done(&inner);
}

static void user_information(struct dw_buf *request)
{
    struct dw_buf inner;
    char role[4 + sizeof ct_class];
    static const uint8_t identity[] = {2, 1, 0, 4, 'u', 's', 'e', 'r', 0, 4, 'w', 'o', 'r', 'd'};
    dw_buf_init(&inner, 4096);
    item(&inner, 0x51, "\0\2\0\0", 4);
    item(&inner, 0x52, "1.2.3.4", 7);
    item(&inner, 0x53, "\0\1\0\1", 4);
    size_t uid = strlen(ct_class);
    memcpy(role, (uint8_t[]){0, (uint8_t)uid}, 2);
    memcpy(role + 2, ct_class, uid);
    memcpy(role + 2 + uid, "\1\0", 2);
    item(&inner, 0x54, role, uid + 4);
    item(&inner, 0x55, "HONEST_1", 8);
    item(&inner, 0x56, role, uid + 4);
    item(&inner, 0x58, identity, sizeof identity);
    item(request, 0x50, inner.data, inner.size);
    dw_buf_done(&inner);
}

static void add_request(struct session *session)
{
    struct pdu *pdu = session_add(session, PDU_RQ);
    char fixed[69] = "";
    snprintf(fixed + 4, sizeof fixed - 4, "%-16s%-16s", "DISCWRIGHT", "HAMMER");
    fixed[1] = 1;
    memset(fixed + 36, 0, 32);
    dw_buf_add(&pdu->bytes, fixed, 68);
    item(&pdu->bytes, 0x10, "1.2.840.10008.3.1.1.1", 21);
    context(&pdu->bytes, VERIFICATION_CONTEXT, verification_class, implicit_le);
    context(&pdu->bytes, CT_CONTEXT, ct_class, explicit_le);
    user_information(&pdu->bytes);
    pdu_mend(pdu);
}

/* --- commands and data sets --- */

static void command_element(struct dw_buf *buf, unsigned number, const void *data, size_t size)
{
    size_t padded = size + (size & 1);
    uint8_t head[8] = {0, 0, (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)padded};
    dw_buf_add(buf, head, sizeof head);
    dw_buf_add(buf, data, size);
    dw_buf_add(buf, "", padded - size);
}

static void command_set(struct dw_buf *out, uint8_t field, const char *class_uid, const char *instance)
{
    uint8_t length[4] = {0};
    dw_buf_init(out, 4096);
    command_element(out, 0x0000, length, sizeof length);
    command_element(out, 0x0002, class_uid, strlen(class_uid));
    command_element(out, 0x0100, (uint8_t[]){field, 0}, 2);
    command_element(out, 0x0110, "\7\0", 2);
    if (instance)
        command_element(out, 0x0700, "\0\0", 2);
    command_element(out, 0x0800, instance ? "\0\0" : "\1\1", 2);
    if (instance)
        command_element(out, 0x1000, instance, strlen(instance));
    ((uint8_t *)out->data)[8] = (uint8_t)(out->size - 12);
}

static void element(struct dw_buf *buf, uint32_t tag, const char *vr, const void *data, size_t size)
{
    size_t padded = size + (size & 1);
    bool is_long = strcmp(vr, "OW") == 0 || strcmp(vr, "SQ") == 0;
    uint8_t head[12] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag, (uint8_t)(tag >> 8),
                        (uint8_t)vr[0], (uint8_t)vr[1]};
    head[is_long ? 8 : 6] = (uint8_t)padded;
    head[is_long ? 9 : 7] = (uint8_t)(padded >> 8);
    dw_buf_add(buf, head, is_long ? 12 : 8);
    dw_buf_add(buf, data, size);
    dw_buf_add(buf, "", padded - size);
}

static void text(struct dw_buf *buf, uint32_t tag, const char *vr, const char *value)
{
    element(buf, tag, vr, value, strlen(value));
}

static void data_set(struct dw_buf *out, const char *instance, unsigned study)
{
    static const uint8_t sequence[] = {0xFE, 0xFF, 0x00, 0xE0, 0x0A, 0, 0, 0, 0x08, 0x00, 0x50, 0x11,
                                       'U',  'I',  2,    0,    '1',  0};
    char study_uid[40], patient[16];
    uint8_t pixels[128];
    memset(pixels, 0x5A, sizeof pixels);
    snprintf(study_uid, sizeof study_uid, "1.2.826.0.1.8.%u", study);
    snprintf(patient, sizeof patient, "H-%u", study);
    dw_buf_init(out, 4096);
    text(out, 0x00080016, "UI", ct_class);
    text(out, 0x00080018, "UI", instance);
    text(out, 0x00080060, "CS", "CT");
    element(out, 0x00081140, "SQ", sequence, sizeof sequence);
    text(out, 0x00100010, "PN", "Hammer^Anna");
    text(out, 0x00100020, "LO", patient);
    text(out, 0x0020000D, "UI", study_uid);
    text(out, 0x0020000E, "UI", "1.2.826.0.1.8.1.2");
    element(out, 0x00280010, "US", "\10\0", 2);
    element(out, 0x00280011, "US", "\10\0", 2);
    element(out, 0x00280100, "US", "\20\0", 2);
    element(out, 0x7FE00010, "OW", pixels, sizeof pixels);
}

static void add_echo(struct session *session)
{
    struct dw_buf command;
    struct pdu *pdu = session_add(session, PDU_DATA);
    command_set(&command, 0x30, verification_class, NULL);
    pdu_add_pdv(pdu, VERIFICATION_CONTEXT, COMMAND | LAST, command.data, command.size);
    dw_buf_done(&command);
}

/* Command and data set in PDUs of their own or in the same one, the data set in one to three pieces. */
static void add_store(struct session *session, struct dice *dice)
{
    struct dw_buf command, data;
    char instance[48];
    unsigned study = dice_below(dice, 50);
    snprintf(instance, sizeof instance, "1.2.826.0.1.8.%u.%u", study, dice_below(dice, 200));
    command_set(&command, 0x01, ct_class, instance);
    data_set(&data, instance, study);
    struct pdu *pdu = session_add(session, PDU_DATA);
    pdu_add_pdv(pdu, CT_CONTEXT, COMMAND | LAST, command.data, command.size);
    size_t pieces = 1 + dice_below(dice, 3), each = data.size / pieces;
    for (size_t i = 0; i < pieces; i++) {
        if (dice_one_in(dice, 2))
            pdu = session_add(session, PDU_DATA);
        bool last = i + 1 == pieces;
        pdu_add_pdv(pdu, CT_CONTEXT, last ? LAST : 0, data.data + i * each,
                    last ? data.size - i * each : each);
    }
    dw_buf_done(&command);
    dw_buf_done(&data);
}

void session_make(struct session *session, struct dice *dice)
{
    session->count = 0;
    add_request(session);
    unsigned objects = dice_one_in(dice, 4) ? 0 : 1 + dice_below(dice, OBJECTS_MAX);
    if (objects == 0 || dice_one_in(dice, 3))
        add_echo(session);
    for (unsigned i = 0; i < objects; i++)
        add_store(session, dice);
    struct pdu *pdu = session_add(session, PDU_RELEASE_RQ);
    dw_buf_add(&pdu->bytes, "\0\0\0\0", 4);
    pdu_mend(pdu);
}
