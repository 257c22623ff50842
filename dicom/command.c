#include "dicom/command.h"

#include <string.h>

enum { /* element numbers of group 0000 */
       GROUP_LENGTH = 0x0000,
       AFFECTED_CLASS = 0x0002,
       REQUESTED_CLASS = 0x0003,
       COMMAND_FIELD = 0x0100,
       MESSAGE_ID = 0x0110,
       ANSWERED_ID = 0x0120,
       DATA_SET_TYPE = 0x0800,
       STATUS = 0x0900,
       ERROR_COMMENT = 0x0902,
       AFFECTED_INSTANCE = 0x1000,
       REQUESTED_INSTANCE = 0x1001,
};
#define NO_DATA_SET 0x0101
#define COMMENT_MAX 64 /* LO */

struct reading {
    struct dw_command *out;
    bool has_field, has_message_id, has_answered_id, has_data_set_type;
    uint16_t answered_id;
};

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static dw_status read_number(unsigned element, const uint8_t *value, uint32_t length, bool *has,
                             uint16_t *out, struct dw_error *err)
{
    if (length != 2)
        return dw_error_set(err, DW_ERR_CORRUPT, "command element 0000,%04x has %u bytes", element,
                            length);
    *has = true;
    *out = u16(value);
    return DW_OK;
}

static void read_uid(const uint8_t *value, uint32_t length, char out[DW_UID_MAX])
{
    while (length > 0 && (value[length - 1] == '\0' || value[length - 1] == ' '))
        length--;
    if (length >= DW_UID_MAX || memchr(value, '\0', length))
        length = 0;
    memcpy(out, value, length);
    out[length] = '\0';
}

static dw_status read_element(struct reading *reading, unsigned element, const uint8_t *value,
                              uint32_t length, struct dw_error *err)
{
    struct dw_command *out = reading->out;
    uint16_t type = 0;
    dw_status st = DW_OK;
    switch (element) {
    case AFFECTED_CLASS:
    case REQUESTED_CLASS:
        read_uid(value, length, out->sop_class);
        break;
    case AFFECTED_INSTANCE:
    case REQUESTED_INSTANCE:
        read_uid(value, length, out->sop_instance);
        break;
    case COMMAND_FIELD:
        st = read_number(element, value, length, &reading->has_field, &out->field, err);
        break;
    case MESSAGE_ID:
        st = read_number(element, value, length, &reading->has_message_id, &out->message_id, err);
        break;
    case ANSWERED_ID:
        st = read_number(element, value, length, &reading->has_answered_id, &reading->answered_id,
                         err);
        break;
    case DATA_SET_TYPE:
        st = read_number(element, value, length, &reading->has_data_set_type, &type, err);
        out->has_data_set = type != NO_DATA_SET;
        break;
    default: /* priority, move originator, group length and what others add */
        break;
    }
    return st;
}

static dw_status check_whole(struct reading *reading, struct dw_error *err)
{
    struct dw_command *out = reading->out;
    if (!reading->has_field || !reading->has_data_set_type)
        return dw_error_set(err, DW_ERR_CORRUPT, "a command without %s",
                            reading->has_field ? "Command Data Set Type" : "Command Field");
    bool answers = (out->field & DW_COMMAND_RESPONSE) || out->field == DW_COMMAND_CANCEL;
    if (answers ? !reading->has_answered_id : !reading->has_message_id)
        return dw_error_set(err, DW_ERR_CORRUPT, "command %04x without a Message ID", out->field);
    if (answers)
        out->message_id = reading->answered_id;
    return DW_OK;
}

dw_status dw_command_read(const void *data, size_t size, struct dw_command *out,
                          struct dw_error *err)
{
    const uint8_t *at = data;
    struct dw_command command = {0};
    struct reading reading = {.out = &command};
    if (size > DW_COMMAND_SET_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a command of more than %d bytes",
                            DW_COMMAND_SET_MAX);
    for (size_t left = size; left > 0;) {
        if (left < 8 || u32(at + 4) > left - 8)
            return dw_error_set(err, DW_ERR_CORRUPT, "a command ends within an element");
        uint32_t length = u32(at + 4);
        if (u16(at) != 0)
            return dw_error_set(err, DW_ERR_CORRUPT, "a command with an element of group %04x",
                                u16(at));
        dw_status st = read_element(&reading, u16(at + 2), at + 8, length, err);
        if (st != DW_OK)
            return st;
        at += 8 + length;
        left -= 8 + length;
    }
    dw_status st = check_whole(&reading, err);
    if (st == DW_OK)
        *out = command;
    return st;
}

static void add_element(struct dw_buf *out, unsigned element, const void *value, size_t length,
                        const char *pad)
{
    size_t padded = length + (length & 1);
    const uint8_t head[8] = {
        0, 0, (uint8_t)element, (uint8_t)(element >> 8), (uint8_t)padded, (uint8_t)(padded >> 8)};
    dw_buf_add(out, head, sizeof head);
    dw_buf_add(out, value, length);
    if (padded != length)
        dw_buf_add(out, pad, 1);
}

static void add_number(struct dw_buf *out, unsigned element, unsigned value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    add_element(out, element, bytes, sizeof bytes, "");
}

static void add_uid(struct dw_buf *out, unsigned element, const char *uid)
{
    if (*uid)
        add_element(out, element, uid, strlen(uid), "");
}

static void add_comment(struct dw_buf *out, const char *comment)
{
    char text[COMMENT_MAX + 1];
    dw_text_cut(text, sizeof text, comment);
    for (char *at = text; *at; at++)
        if (*at == '\\' || (unsigned char)*at >= 0x7F || (unsigned char)*at < 0x20)
            *at = '?';
    add_element(out, ERROR_COMMENT, text, strlen(text), " ");
}

void dw_command_answer(const struct dw_command *request, unsigned status, const char *comment,
                       struct dw_buf *out)
{
    size_t begin = out->size;
    add_element(out, GROUP_LENGTH, "\0\0\0", 4, "");
    add_uid(out, AFFECTED_CLASS, request->sop_class);
    add_number(out, COMMAND_FIELD, request->field | DW_COMMAND_RESPONSE);
    add_number(out, ANSWERED_ID, request->message_id);
    add_number(out, DATA_SET_TYPE, NO_DATA_SET);
    add_number(out, STATUS, status);
    if (comment && *comment)
        add_comment(out, comment);
    add_uid(out, AFFECTED_INSTANCE, request->sop_instance);
    if (out->failed)
        return;
    size_t length = out->size - begin - 12; /* what follows the group length: far below 65536 */
    out->data[begin + 8] = (char)length;
    out->data[begin + 9] = (char)(length >> 8);
}
