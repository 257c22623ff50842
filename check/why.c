/* Why a reader of the disc should care, for every code: what --explain says beyond the finding. */
#include "check/explain.h"

static const char strict_iso[] =
    "lenient systems overlook it, but readers that check their volume refuse the whole disc";
static const char foreign_iso[] =
    "most computers read it well; devices that know only the plain file system of the profile may not";
static const char lost_tail[] =
    "files at the end of the disc are missing, and nobody notices before they are opened";
static const char udf_refused[] =
    "systems that check UDF strictly do not mount the disc, so no file of it can be opened";
static const char udf_repair[] =
    "repair tools and strict readers distrust the volume; everyday readers mostly do not notice";
static const char two_views[] =
    "which files a receiver sees depends on which of the two file systems his computer chooses";
static const char not_found[] =
    "a reader that looks for the name exactly as the standard writes it does not find the file";
static const char no_import[] =
    "viewers and archives begin with the DICOMDIR: what they cannot read there they do not import";
static const char lost_records[] =
    "a viewer that follows the offsets does not show these images, or stops at the fault";
static const char wrong_key[] =
    "viewers list and search by these keys: an entry without them is hard to find or left out";
static const char merged[] =
    "an archive may merge what does not belong together, or show one thing twice";
static const char record_lies[] =
    "a viewer decides by the record and then meets another object: it shows an error or the wrong thing";
static const char wrong_patient[] =
    "images may be shown and filed under another patient, study or series than their own";
static const char breach[] =
    "the disc may show another person's images: handing it out is a reportable breach";
static const char altered[] =
    "the disc is not what was written: an image may be damaged, exchanged or missing";
static const char without_viewer[] =
    "a receiver without DICOM software finds no explanation of what the disc is and how to open it";
static const char left_behind[] =
    "it may be what the writing computer had in its memory: images or names of other patients, "
    "which anybody can read out of the disc with a simple tool";
static const char no_profile[] =
    "a receiver that promises to read this profile has not promised to read this";

static const char *const why[DW_CODE_COUNT] = {
    [DW_ISO_NONE] = "a computer shows the disc as empty or offers to format it",
    [DW_ISO_PVD] = strict_iso,
    [DW_ISO_ENDIAN] = "computers of one byte order see other sizes and places than those of the other",
    [DW_ISO_BLOCK_SIZE] = "many drives and systems can only read blocks of 2048 bytes",
    [DW_ISO_SET] = "a computer may ask for other discs of a set that does not exist",
    [DW_ISO_TERMINATOR] = "a reader searches on for descriptors and may take garbage for one",
    [DW_ISO_SVD] = foreign_iso,
    [DW_ISO_BOOT] = "a computer that is started with the disc inside may run what is on it",
    [DW_ISO_SYSTEM_ID] = "PS3.12 asks for blanks; few readers care",
    [DW_ISO_VOLUME_ID] = "what the computer calls the disc is not what the DICOMDIR calls it",
    [DW_ISO_SIZE] = lost_tail,
    [DW_ISO_PATH_TABLE] = "systems that find folders by the path table open the wrong one or none",
    [DW_ISO_PATH_DIRS] = "some systems see folders that others do not see",
    [DW_ISO_PATH_ORDER] = "systems that search the table by halves do not find every folder",
    [DW_ISO_TREE] = lost_tail,
    [DW_ISO_DIR_RECORD] = "computers of one byte order read other data than those of the other",
    [DW_ISO_DOTS] = "some systems refuse the folder, others cannot go back to the one above",
    [DW_ISO_ORDER] = "a system that stops searching at a later name does not find the file",
    [DW_ISO_DATE] = "a computer shows no date or a wrong one; some tools refuse to copy the file",
    [DW_ISO_EAR] = "a reader that does not know extended attributes takes them for the begin of the file",
    [DW_ISO_FLAGS] = "some systems ask for rights that no receiver has, or read the file as records",
    [DW_ISO_HIDDEN] = "a person who looks for the file does not see it, and copying may leave it out",
    [DW_ISO_MULTI_EXTENT] = "readers of level 1 see only the first part of the file",
    [DW_ISO_SUSP] = foreign_iso,
    [DW_ISO_EXTENT] = "the file cannot be opened, or holds what does not belong to it",
    [DW_ISO_OVERLAP] = "at least one of the two files holds the data of the other",
    [DW_UDF_NONE] = "drives and systems read this medium by UDF: to them the disc is empty",
    [DW_UDF_RECOGNITION] = "a computer does not see that the disc has a UDF volume",
    [DW_UDF_ANCHOR] = "a reader begins at the anchors: with one left, a scratch there loses the disc",
    [DW_UDF_SEQUENCE] = udf_refused,
    [DW_UDF_RESERVE] = "when the main sequence is scratched, the reserve does not save the disc",
    [DW_UDF_TAG] = udf_refused,
    [DW_UDF_UNREADABLE] = udf_refused,
    [DW_UDF_REVISION] = "a system that knows only older revisions refuses the disc or misreads it",
    [DW_UDF_MEDIUM] = no_profile,
    [DW_UDF_INTERCHANGE] = udf_repair,
    [DW_UDF_CHARSET] = "names may be shown with wrong letters or not be found",
    [DW_UDF_ACCESS] = "a computer may offer to write to the disc and then fail",
    [DW_UDF_INTEGRITY] = "a computer thinks the disc was not closed: it warns, repairs or refuses",
    [DW_UDF_COUNT] = udf_repair,
    [DW_UDF_UNIQUE] = "systems that keep files apart by this number may show one file for another",
    [DW_UDF_METADATA] = udf_refused,
    [DW_UDF_MIRROR] = "when the metadata are scratched, the mirror does not save the disc",
    [DW_UDF_TREE] = lost_tail,
    [DW_UDF_EXTENT] = "the file cannot be read to its end, or holds what does not belong to it",
    [DW_UDF_TYPE] = "a system does not open what it takes for something else than a file or folder",
    [DW_UDF_HIDDEN] = "a person who looks for the file does not see it, and copying may leave it out",
    [DW_UDF_PERMISSIONS] = "on systems that honour permissions only an administrator can open the file",
    [DW_UDF_PADDING] = "on the burned disc the end anchors are not where a reader looks for them",
    [DW_UDF_VOLUME_ID] = "what the computer calls the disc is not what the DICOMDIR calls it",
    [DW_BRIDGE_MISSING] = two_views,
    [DW_BRIDGE_EXTENT] = two_views,
    [DW_ISO_COPY] = "a reader that takes the other descriptor sees another volume",
    [DW_ISO_RESERVED] = strict_iso,
    [DW_ISO_RECORD_FORM] = strict_iso,
    [DW_ISO_SECOND_TREE] = "Windows shows the Joliet tree: a person sees other files than a viewer that reads the plain one",
    [DW_ISO_SYSTEM_AREA] = "a computer may start from the disc or a stick made of it, or see partitions on it",
    [DW_ISO_BEHIND] = left_behind,
    [DW_ISO_SESSIONS] = "a reader of the first session alone sees other files, and who asks for old sessions sees them all",
    [DW_ISO_TEXT] = "a computer may show the name of the disc wrongly; few readers look at the rest",
    [DW_UDF_LINKS] = udf_repair,
    [DW_UDF_OVERLAP] = "at least one of the two files holds the data of the other",
    [DW_UDF_HARD_LINK] = "a person copies the same file twice, and some systems show only one of the names",
    [DW_UDF_RECORDED] = udf_repair,
    [DW_UDF_ICB] = udf_repair,
    [DW_UDF_STREAM] = "what lies in a stream is seen on few systems and lost when the file is copied",
    [DW_UDF_SPACE] = "a computer may offer to write to the disc and then fail",
    [DW_UDF_DOMAIN] = udf_repair,
    [DW_UDF_PREVAIL] = "which of the two a reader believes decides what it sees",
    [DW_UDF_FID] = "a system that checks names strictly does not list the file",
    [DW_UDF_DELETED] = "the name of a file that was taken off can still be read, and often the file itself",
    [DW_UDF_DATE] = "a computer shows no date or a wrong one; some tools refuse to copy the file",
    [DW_UDF_ANCHOR_COPY] = "one reader begins at this anchor and another at that: they see different volumes, or one sees none",
    [DW_UDF_FIELD] = udf_repair,
    [DW_DATE_ORDER] = "whoever has to prove when the disc was made cannot rely on its dates",
    [DW_DATE_LATE] = "whoever has to prove when the disc was made cannot rely on its dates",
    [DW_VOLUME_SLACK] = left_behind,
    [DW_VOLUME_UNOWNED] = left_behind,

    [DW_NAME_LEVEL1] = not_found,
    [DW_NAME_CASE] = not_found,
    [DW_NAME_FOLDER] = not_found,
    [DW_NAME_VERSION] = not_found,
    [DW_NAME_TWICE] = "only one of the two can be opened, and which one depends on the computer",
    [DW_NAME_DEPTH] = "systems that keep to eight levels do not reach what lies deeper",
    [DW_NAME_OTHER] = "a receiver's computer cannot follow links and devices, and nothing was checked behind them",

    [DW_DIR_MISSING] = no_import,
    [DW_DIR_NAME] = not_found,
    [DW_DIR_UNREADABLE] = no_import,
    [DW_DIR_META] = "a strict reader refuses a DICOMDIR whose head does not say what it is",
    [DW_DIR_CLASS] = "a reader does not take the file for a DICOMDIR",
    [DW_DIR_SYNTAX] = "readers expect the DICOMDIR in this one encoding and may not know others",
    [DW_DIR_FILESET_UID] = "an archive tells discs apart by it: this one may be taken for another or refused",
    [DW_DIR_FILESET_ID] = "a receiver cannot name the disc, and strict readers refuse the DICOMDIR",
    [DW_DIR_DESCRIPTOR] = "a reader that wants to show the description of the disc reports an error",
    [DW_DIR_CONSISTENCY] = "the disc says of itself that its DICOMDIR may be out of date",
    [DW_DIR_EMPTY] = "viewers show a disc without images",
    [DW_DIR_OFFSET] = lost_records,
    [DW_DIR_LAST] = "a reader that goes by the last record stops too early or runs on",
    [DW_DIR_CYCLE] = "a viewer that follows the offsets never ends, or shows the same images again",
    [DW_DIR_ORPHAN] = lost_records,
    [DW_DIR_IN_USE] = "readers skip what is not marked as in use",
    [DW_DIR_TYPE] = "readers skip records of types they do not know, with all that lies below",
    [DW_DIR_RETIRED] = "current readers need not know the type and may skip what lies below",
    [DW_DIR_PRIVATE] = "importers of IHE PDI discs may refuse the disc or skip the record",
    [DW_DIR_PARENT] = lost_records,
    [DW_DIR_CHILDLESS] = "a viewer lists an entry that cannot be opened",
    [DW_DIR_KEY1] = wrong_key,
    [DW_DIR_KEY2] = "strict readers refuse a record without it; others show an empty field",
    [DW_DIR_PATIENT_ID] = "an archive cannot tell whose images these are and refuses or misfiles them",
    [DW_DIR_PROFILE_KEY] = wrong_key,
    [DW_DIR_ICON] = "a viewer shows no preview, a wrong one, or fails on it",
    [DW_DIR_PATIENT_TWICE] = merged,
    [DW_DIR_STUDY_TWICE] = merged,
    [DW_DIR_SERIES_TWICE] = merged,
    [DW_DIR_INSTANCE_TWICE] = merged,
    [DW_DIR_FILE_TWICE] = merged,
    [DW_DIR_REFERENCE] = "a viewer cannot open the image of this record",
    [DW_DIR_UID] = "an archive may refuse the object, or take it for another",
    [DW_DIR_FILE_ID] = not_found,
    [DW_DIR_RECORD_CLASS] = record_lies,
    [DW_DIR_SECOND_READER] = "when two readers disagree, a receiver's viewer may show more or less than is there",
    [DW_DIR_SECOND_SKIPPED] = "what one reader overlooks the other cannot show",
    [DW_DIR_KEY1C] = wrong_key,
    [DW_DIR_ITEMS] = record_lies,
    [DW_DIR_ITEM_KEY] = wrong_key,
    [DW_DIR_CONTENT] = "strict readers refuse the record; others may show a part of the report as its title",
    [DW_DIR_ENCODING] = "strict readers refuse the DICOMDIR; others may read another value than was meant",
    [DW_DIR_VALUE] = wrong_key,
    [DW_DIR_CHARSET] = "a viewer shows a name with wrong letters, and a search for it finds nothing",
    [DW_DIR_TRAILING] = "it is no part of a directory: strict readers refuse the file, and nobody checks what it holds",

    [DW_FILE_MISSING] = "an image that the disc promises cannot be opened",
    [DW_FILE_CASE] = "the image opens on some systems and not on others",
    [DW_FILE_IO] = "the disc or image is damaged: what cannot be read is lost to every receiver",
    [DW_FILE_NOT_PART10] = "viewers do not take it for a DICOM file",
    [DW_FILE_PREAMBLE] = "a file that another program can start as its own may carry what no viewer shows",
    [DW_FILE_UNREADABLE] = "viewers show an error or a part of the image",
    [DW_FILE_META] = "strict viewers refuse the file; others have to guess its encoding",
    [DW_FILE_META_CLASS] = record_lies,
    [DW_FILE_META_INSTANCE] = merged,
    [DW_FILE_CLASS] = record_lies,
    [DW_FILE_INSTANCE] = record_lies,
    [DW_FILE_SYNTAX] = record_lies,
    [DW_FILE_PATIENT] = breach,
    [DW_FILE_STUDY] = wrong_patient,
    [DW_FILE_SERIES] = wrong_patient,
    [DW_FILE_KEY] = "a viewer lists the image by other values than it shows when it is open",
    [DW_FILE_ORDER] = "viewers that stop searching at a higher tag do not find what comes later",
    [DW_FILE_UID] = "an archive may refuse the object, or take it for another",
    [DW_FILE_CHARSET] = "the name of the patient may be shown with wrong letters, and is not found by a search for it",
    [DW_FILE_PIXELS] = "a viewer shows an error, half of a picture, or noise in place of it",
    [DW_FILE_CLASS_UNKNOWN] = "most viewers show nothing for it",
    [DW_FILE_PROFILE] = no_profile,
    [DW_FILE_PROFILE_CLASS] = no_profile,
    [DW_FILE_PROFILE_IMAGE] = no_profile,
    [DW_FILE_UNREFERENCED] = "viewers that go by the DICOMDIR never show the image",
    [DW_FILE_IN_ROOT] = "IHE PDI keeps the root free for what people open by hand",
    [DW_FILE_INSTANCE_TWICE] = merged,
    [DW_FILE_STUDY_DATE] = "archives sort by these dates: one of the clocks, or the study, is not what it seems",
    [DW_PROFILE_INFERRED] = "the disc may fail another profile that its maker or receiver has in mind",

    [DW_PDI_NONE] = without_viewer,
    [DW_PDI_README] = without_viewer,
    [DW_PDI_README_TEXT] = "a computer may show it with wrong letters or not at all",
    [DW_PDI_README_LINES] = "a simple editor shows the text as one line",
    [DW_PDI_INDEX] = without_viewer,
    [DW_PDI_INDEX_LINKS] = without_viewer,
    [DW_PDI_FOLDER] = "the web pages of the disc do not open",
    [DW_PDI_DICOM_IN_WEB] = "importers look for DICOM files elsewhere and may leave this one out",
    [DW_PDI_RESERVED] = "a later version of IHE PDI may give the name a meaning",
    [DW_PDI_MIXED] = "importers and viewers expect nothing else there and may stop at it",
    [DW_PDI_AUTORUN] = "many hospitals block discs that start a program by themselves",
    [DW_PDI_PROGRAM] = "some sites block discs with a program in the root, and people start it without knowing what it is",
    [DW_PDI_LINK] = "whoever follows the link sees an error and does not know what is missing",
    [DW_PDI_LINK_ABSOLUTE] = "it depends on the drive letter or on a network that a receiver does not have",
    [DW_PDI_ACTIVE] = "browsers block it or, worse, tell others that the disc was opened",

    [DW_MAN_NONE] = "damage inside of a file that is still readable cannot be seen",
    [DW_MAN_LINE] = "a file that this line was meant for could not be compared",
    [DW_MAN_TWICE] = "it is not clear which of the two sums the file should have",
    [DW_MAN_MISSING] = altered,
    [DW_MAN_HASH] = altered,
    [DW_MAN_UNLISTED] = "something came onto the disc that its maker did not put there",

    [DW_SET_PATIENTS] = "whoever gets the disc sees the images of other persons too",
    [DW_ID_PATIENT_ID] = breach,
    [DW_ID_ISSUER] = breach,
    [DW_ID_NAME] = breach,
    [DW_ID_BIRTH_DATE] = breach,
    [DW_ID_SILENT] = "only the rest of the file says whose it is",
    [DW_ID_COUNT] = "images of the job are missing on the disc, or there are foreign ones",
    [DW_ID_FILESET_UID] = "the disc in the drive is not the one that was made for this job",
    [DW_ID_INSTANCES] = breach,
};

const char *dw_code_why(enum dw_code code)
{
    return why[code] ? why[code] : "";
}
