#include "dicom/dcmtk/dirreader.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdirrec.h>
#include <dcmtk/dcmdata/dctk.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "dicom/charset.h"
#include "dicom/dcmtk/guard.h"
#include "dicom/scan.h"

namespace
{
struct Entry {
    DcmDirectoryRecord *item;
    dw_dir_record record;
};

/* Trimmed text of an element; "" when absent, not text, or longer than its place. */
void read_text(DcmItem &item, const DcmTagKey &tag, char *out, size_t size)
{
    OFString value;
    out[0] = '\0';
    if (item.findAndGetOFStringArray(tag, value).bad())
        return;
    size_t end = value.length();
    while (end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\0'))
        end--;
    if (end < size) {
        memcpy(out, value.data(), end);
        out[end] = '\0';
    }
}

uint32_t read_u32(DcmItem &item, const DcmTagKey &tag)
{
    Uint32 value = 0;
    item.findAndGetUint32(tag, value);
    return value;
}

int read_u16(DcmItem &item, const DcmTagKey &tag)
{
    Uint16 value = 0;
    return item.findAndGetUint16(tag, value).good() ? (int)value : -1;
}

void describe(DcmDirectoryRecord &item, dw_dir_record &out)
{
    out = {};
    out.parent = -1;
    out.offset = item.getFileOffset();
    out.next = read_u32(item, DCM_OffsetOfTheNextDirectoryRecord);
    out.lower = read_u32(item, DCM_OffsetOfReferencedLowerLevelDirectoryEntity);
    out.in_use = read_u16(item, DCM_RecordInUseFlag);
    read_text(item, DCM_DirectoryRecordType, out.type, sizeof out.type);
    read_text(item, DCM_ReferencedFileID, out.file_id, sizeof out.file_id);
    out.has_file = item.tagExistsWithValue(DCM_ReferencedFileID);
    read_text(item, DCM_ReferencedSOPClassUIDInFile, out.sop_class, sizeof out.sop_class);
    read_text(item, DCM_ReferencedSOPInstanceUIDInFile, out.sop_instance, sizeof out.sop_instance);
    read_text(item, DCM_ReferencedTransferSyntaxUIDInFile, out.transfer_syntax,
              sizeof out.transfer_syntax);
    read_text(item, DCM_SpecificCharacterSet, out.charset, sizeof out.charset);
}
} // namespace

struct dw_dirreader {
    DcmFileFormat file;
    dw_dir_head head = {};
    std::vector<Entry> in_file; /* as they lie in the file; emptied by link() */
    std::vector<Entry> entries; /* in the order of dw_dirreader_record() */

    dw_status load(const char *path, dw_error *err);
    dw_status collect(dw_error *err);
    void link();

  private:
    void follow(uint32_t offset, std::unordered_map<uint32_t, size_t> &at,
                std::vector<size_t> &order);
};

dw_status dw_dirreader::load(const char *path, dw_error *err)
{
    OFCondition cond =
        file.loadFile(OFFilename(path), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_fileOnly);
    if (cond.bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "directory cannot be read: %s", cond.text());
    DcmMetaInfo &meta = *file.getMetaInfo();
    DcmDataset &ds = *file.getDataset();
    read_text(meta, DCM_MediaStorageSOPClassUID, head.sop_class, sizeof head.sop_class);
    read_text(meta, DCM_MediaStorageSOPInstanceUID, head.fileset_uid, sizeof head.fileset_uid);
    read_text(meta, DCM_TransferSyntaxUID, head.transfer_syntax, sizeof head.transfer_syntax);
    read_text(ds, DCM_FileSetID, head.fileset_id, sizeof head.fileset_id);
    read_text(ds, DCM_FileSetDescriptorFileID, head.descriptor_file_id,
              sizeof head.descriptor_file_id);
    head.first_root = read_u32(ds, DCM_OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity);
    head.last_root = read_u32(ds, DCM_OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity);
    head.consistency_flag = read_u16(ds, DCM_FileSetConsistencyFlag);
    return collect(err);
}

dw_status dw_dirreader::collect(dw_error *err)
{
    DcmSequenceOfItems *sequence = nullptr;
    if (file.getDataset()->findAndGetSequence(DCM_DirectoryRecordSequence, sequence).bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "not a DICOMDIR: no Directory Record Sequence");
    if (sequence->card() > DW_DIR_RECORDS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "directory of %lu records", sequence->card());
    for (DcmObject *item = sequence->nextInContainer(nullptr); item;
         item = sequence->nextInContainer(item)) {
        Entry entry;
        /* DCMTK makes these of the items of this sequence (dcsequen.cc); an Item is what it read */
        entry.item = static_cast<DcmDirectoryRecord *>(item);
        describe(*entry.item, entry.record);
        in_file.push_back(entry);
    }
    head.records = in_file.size();
    return DW_OK;
}

/* One chain of siblings and, by a stack of chains still to be followed, all below it. No recursion: the
 * depth comes from the disc. */
void dw_dirreader::follow(uint32_t offset, std::unordered_map<uint32_t, size_t> &at,
                          std::vector<size_t> &order)
{
    struct Step {
        uint32_t offset;
        unsigned depth;
        long parent; /* position in the final order */
    };
    std::vector<Step> stack;
    if (offset)
        stack.push_back({offset, 0, -1});
    while (!stack.empty()) {
        Step step = stack.back();
        stack.pop_back();
        auto found = at.find(step.offset);
        if (found == at.end() || in_file[found->second].record.reachable) {
            head.bad_links++;
            continue;
        }
        dw_dir_record &record = in_file[found->second].record;
        record.reachable = true;
        record.depth = step.depth;
        record.parent = step.parent;
        order.push_back(found->second);
        if (step.depth == 0)
            head.last_root_found = record.offset;
        if (record.next)
            stack.push_back({record.next, step.depth, step.parent});
        if (record.lower)
            stack.push_back({record.lower, step.depth + 1, (long)order.size() - 1});
    }
}

void dw_dirreader::link()
{
    std::unordered_map<uint32_t, size_t> at;
    std::vector<size_t> order;
    for (size_t i = 0; i < in_file.size(); i++)
        at.emplace(in_file[i].record.offset, i);
    follow(head.first_root, at, order);
    head.unreachable = in_file.size() - order.size();
    for (size_t i = 0; i < in_file.size(); i++)
        if (!in_file[i].record.reachable)
            order.push_back(i);
    for (size_t i : order)
        entries.push_back(in_file[i]);
    in_file.clear();
    in_file.shrink_to_fit();
}

static dw_status check_file(const char *path, dw_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    struct stat sb;
    dw_status st;
    if (fstat(fd, &sb) != 0)
        st = dw_error_set(err, DW_ERR_IO, "open '%s': %s", path, strerror(errno));
    else if ((uint64_t)sb.st_size > DW_DIR_FILE_BYTES_MAX)
        st = dw_error_set(err, DW_ERR_LIMIT, "directory of %lld bytes", (long long)sb.st_size);
    else
        st = dw_scan_fd(fd, nullptr, nullptr, nullptr, err);
    close(fd);
    return st;
}

dw_status dw_dirreader_open(const char *path, dw_dirreader **out, dw_error *err)
{
    dw_status st = check_file(path, err);
    if (st != DW_OK)
        return st;
    return guarded(err, [&] {
        auto reader = std::make_unique<dw_dirreader>();
        dw_status loaded = reader->load(path, err);
        if (loaded != DW_OK)
            return loaded;
        reader->link();
        *out = reader.release();
        return DW_OK;
    });
}

void dw_dirreader_free(dw_dirreader *reader)
{
    delete reader;
}

void dw_dirreader_head(const dw_dirreader *reader, dw_dir_head *out)
{
    *out = reader->head;
}

size_t dw_dirreader_count(const dw_dirreader *reader)
{
    return reader->entries.size();
}

void dw_dirreader_record(const dw_dirreader *reader, size_t i, dw_dir_record *out)
{
    *out = reader->entries[i].record;
}

static DcmElement *find(const dw_dirreader *reader, size_t i, uint32_t tag)
{
    DcmElement *element = nullptr;
    DcmTagKey key((Uint16)(tag >> 16), (Uint16)(tag & 0xFFFF));
    if (i >= reader->entries.size() ||
        reader->entries[i].item->findAndGetElement(key, element).bad())
        return nullptr;
    return element;
}

bool dw_dirreader_value(const dw_dirreader *reader, size_t i, uint32_t tag, const uint8_t **out,
                        size_t *out_size)
{
    bool found = false;
    (void)guarded(nullptr, [&] {
        DcmElement *element = find(reader, i, tag);
        if (!element || !element->isLeaf())
            return DW_OK;
        char *text = nullptr;
        Uint32 length = 0;
        Uint8 *bytes = nullptr;
        if (element->isaString() && element->getString(text, length).good()) {
            *out = reinterpret_cast<const uint8_t *>(text);
            *out_size = text ? length : 0;
            found = true;
        } else if (!element->isaString() && element->getUint8Array(bytes).good()) {
            *out = bytes;
            *out_size = bytes ? element->getLength() : 0;
            found = true;
        }
        return DW_OK;
    });
    return found;
}

bool dw_dirreader_get_string(const dw_dirreader *reader, size_t i, uint32_t tag, char *out,
                             size_t size)
{
    bool found = false;
    out[0] = '\0';
    (void)guarded(nullptr, [&] {
        DcmElement *element = find(reader, i, tag);
        OFString value;
        if (!element || !element->isLeaf() || element->getOFStringArray(value, OFFalse).bad())
            return DW_OK;
        dw_charset_to_utf8(reader->entries[i].record.charset, value.data(), value.length(),
                           element->ident() == EVR_PN, out, size);
        found = true;
        return DW_OK;
    });
    return found;
}

long dw_dirreader_sequence_items(const dw_dirreader *reader, size_t i, uint32_t tag)
{
    DcmElement *element = find(reader, i, tag);
    if (!element || element->ident() != EVR_SQ)
        return -1;
    return (long)static_cast<DcmSequenceOfItems *>(element)->card();
}
