#include "dicom/uid.h"
#include <string.h>

/* PS3.4 B.5 and the retired ones of PS3.6 A; record types from PS3.3 F.4. Retired images are still
 * IMAGE: archives hold them. Standalone overlays, curves and tables, stored prints and trial
 * reports had records that are retired too; procedure protocols (1.1.200) have none that is known
 * for sure. DICOS and DICONDE (1.1.501, 1.1.601) file baggage and workpieces. Private classes are
 * those that vendors name in their conformance statements. Sorted by UID as bytes; a test holds the
 * order. */
#define IMAGE .record_type = "IMAGE", .is_image = true
#define VIDEO IMAGE, .is_video = true
#define FILED(type) .record_type = type
#define REPORT FILED("SR DOCUMENT"), .is_report = true
#define RETIRED .no_record = DW_RECORD_RETIRED
#define UNCONFIRMED .no_record = DW_RECORD_UNCONFIRMED
#define FOREIGN .no_record = DW_RECORD_FOREIGN
#define PRIVATE FILED("PRIVATE"), .is_private = true
#define S(suffix) "1.2.840.10008.5.1.4." suffix
static const struct dw_sop_class classes[] = {
    {"1.2.124.113532.3500.7", "Agfa Basic Attribute Presentation State Storage", PRIVATE},
    {"1.2.392.200036.9125.1.1.2", "Fuji Private CR Image Storage", PRIVATE},
    {"1.2.392.200036.9125.1.1.4", "Fuji Private Mammo CR Image Storage", PRIVATE},
    {"1.2.40.0.13.1.3.1.2.3.1.1", "dcm4che Attributes Modification Notification", PRIVATE},
    {"1.2.840.10008.1.9", "Basic Study Content Notification SOP Class (Retired)", RETIRED},
    {"1.2.840.10008.5.1.1.27", "Stored Print Storage (Retired)", RETIRED},
    {"1.2.840.10008.5.1.1.29", "Hardcopy Grayscale Image Storage (Retired)", IMAGE},
    {"1.2.840.10008.5.1.1.30", "Hardcopy Color Image Storage (Retired)", IMAGE},
    {S("1.1.1"), "Computed Radiography Image Storage", IMAGE},
    {S("1.1.1.1"), "Digital X-Ray Image Storage - For Presentation", IMAGE},
    {S("1.1.1.1.1"), "Digital X-Ray Image Storage - For Processing", IMAGE},
    {S("1.1.1.2"), "Digital Mammography X-Ray Image Storage - For Presentation", IMAGE},
    {S("1.1.1.2.1"), "Digital Mammography X-Ray Image Storage - For Processing", IMAGE},
    {S("1.1.1.3"), "Digital Intra-Oral X-Ray Image Storage - For Presentation", IMAGE},
    {S("1.1.1.3.1"), "Digital Intra-Oral X-Ray Image Storage - For Processing", IMAGE},
    {S("1.1.10"), "Standalone Modality LUT Storage (Retired)", RETIRED},
    {S("1.1.104.1"), "Encapsulated PDF Storage", FILED("ENCAP DOC")},
    {S("1.1.104.2"), "Encapsulated CDA Storage", FILED("ENCAP DOC")},
    {S("1.1.104.3"), "Encapsulated STL Storage", FILED("ENCAP DOC")},
    {S("1.1.104.4"), "Encapsulated OBJ Storage", FILED("ENCAP DOC")},
    {S("1.1.104.5"), "Encapsulated MTL Storage", FILED("ENCAP DOC")},
    {S("1.1.11"), "Standalone VOI LUT Storage (Retired)", RETIRED},
    {S("1.1.11.1"), "Grayscale Softcopy Presentation State Storage", FILED("PRESENTATION")},
    {S("1.1.11.10"), "Segmented Volume Rendering Volumetric Presentation State Storage",
     FILED("PRESENTATION")},
    {S("1.1.11.11"), "Multiple Volume Rendering Volumetric Presentation State Storage",
     FILED("PRESENTATION")},
    {S("1.1.11.12"), "Variable Modality LUT Softcopy Presentation State Storage",
     FILED("PRESENTATION")},
    {S("1.1.11.2"), "Color Softcopy Presentation State Storage", FILED("PRESENTATION")},
    {S("1.1.11.3"), "Pseudo-Color Softcopy Presentation State Storage", FILED("PRESENTATION")},
    {S("1.1.11.4"), "Blending Softcopy Presentation State Storage", FILED("PRESENTATION")},
    {S("1.1.11.5"), "XA/XRF Grayscale Softcopy Presentation State Storage", FILED("PRESENTATION")},
    {S("1.1.11.6"), "Grayscale Planar MPR Volumetric Presentation State Storage",
     FILED("PRESENTATION")},
    {S("1.1.11.7"), "Compositing Planar MPR Volumetric Presentation State Storage",
     FILED("PRESENTATION")},
    {S("1.1.11.8"), "Advanced Blending Presentation State Storage", FILED("PRESENTATION")},
    {S("1.1.11.9"), "Volume Rendering Volumetric Presentation State Storage",
     FILED("PRESENTATION")},
    {S("1.1.12.1"), "X-Ray Angiographic Image Storage", IMAGE},
    {S("1.1.12.1.1"), "Enhanced XA Image Storage", IMAGE},
    {S("1.1.12.2"), "X-Ray Radiofluoroscopic Image Storage", IMAGE},
    {S("1.1.12.2.1"), "Enhanced XRF Image Storage", IMAGE},
    {S("1.1.12.3"), "X-Ray Angiographic Bi-Plane Image Storage (Retired)", IMAGE},
    {S("1.1.128"), "Positron Emission Tomography Image Storage", IMAGE},
    {S("1.1.128.1"), "Legacy Converted Enhanced PET Image Storage", IMAGE},
    {S("1.1.129"), "Standalone PET Curve Storage (Retired)", RETIRED},
    {S("1.1.13.1.1"), "X-Ray 3D Angiographic Image Storage", IMAGE},
    {S("1.1.13.1.2"), "X-Ray 3D Craniofacial Image Storage", IMAGE},
    {S("1.1.13.1.3"), "Breast Tomosynthesis Image Storage", IMAGE},
    {S("1.1.13.1.4"), "Breast Projection X-Ray Image Storage - For Presentation", IMAGE},
    {S("1.1.13.1.5"), "Breast Projection X-Ray Image Storage - For Processing", IMAGE},
    {S("1.1.130"), "Enhanced PET Image Storage", IMAGE},
    {S("1.1.131"), "Basic Structured Display Storage", FILED("PRESENTATION")},
    {S("1.1.14.1"), "Intravascular Optical Coherence Tomography Image Storage - For Presentation",
     IMAGE},
    {S("1.1.14.2"), "Intravascular Optical Coherence Tomography Image Storage - For Processing",
     IMAGE},
    {S("1.1.2"), "CT Image Storage", IMAGE},
    {S("1.1.2.1"), "Enhanced CT Image Storage", IMAGE},
    {S("1.1.2.2"), "Legacy Converted Enhanced CT Image Storage", IMAGE},
    {S("1.1.20"), "Nuclear Medicine Image Storage", IMAGE},
    {S("1.1.200.1"), "CT Defined Procedure Protocol Storage", UNCONFIRMED},
    {S("1.1.200.2"), "CT Performed Procedure Protocol Storage", UNCONFIRMED},
    {S("1.1.200.3"), "Protocol Approval Storage", UNCONFIRMED},
    {S("1.1.200.7"), "XA Defined Procedure Protocol Storage", UNCONFIRMED},
    {S("1.1.200.8"), "XA Performed Procedure Protocol Storage", UNCONFIRMED},
    {S("1.1.201.1"), "Inventory Storage", FILED("INVENTORY")},
    {S("1.1.3"), "Ultrasound Multi-frame Image Storage (Retired)", IMAGE},
    {S("1.1.3.1"), "Ultrasound Multi-frame Image Storage", IMAGE},
    {S("1.1.30"), "Parametric Map Storage", FILED("IMAGE")},
    {S("1.1.4"), "MR Image Storage", IMAGE},
    {S("1.1.4.1"), "Enhanced MR Image Storage", IMAGE},
    {S("1.1.4.2"), "MR Spectroscopy Storage", FILED("SPECTROSCOPY")},
    {S("1.1.4.3"), "Enhanced MR Color Image Storage", IMAGE},
    {S("1.1.4.4"), "Legacy Converted Enhanced MR Image Storage", IMAGE},
    {S("1.1.481.1"), "RT Image Storage", IMAGE},
    {S("1.1.481.10"), "RT Physician Intent Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.11"), "RT Segment Annotation Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.12"), "RT Radiation Set Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.13"), "C-Arm Photon-Electron Radiation Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.14"), "Tomotherapeutic Radiation Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.15"), "Robotic-Arm Radiation Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.16"), "RT Radiation Record Set Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.17"), "RT Radiation Salvage Record Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.18"), "Tomotherapeutic Radiation Record Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.19"), "C-Arm Photon-Electron Radiation Record Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.2"), "RT Dose Storage", FILED("RT DOSE")},
    {S("1.1.481.20"), "Robotic Radiation Record Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.21"), "RT Radiation Set Delivery Instruction Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.22"), "RT Treatment Preparation Storage", FILED("RADIOTHERAPY")},
    {S("1.1.481.23"), "Enhanced RT Image Storage", IMAGE},
    {S("1.1.481.24"), "Enhanced Continuous RT Image Storage", IMAGE},
    {S("1.1.481.25"), "RT Patient Position Acquisition Instruction Storage", FILED("PLAN")},
    {S("1.1.481.3"), "RT Structure Set Storage", FILED("RT STRUCTURE SET")},
    {S("1.1.481.4"), "RT Beams Treatment Record Storage", FILED("RT TREAT RECORD")},
    {S("1.1.481.5"), "RT Plan Storage", FILED("RT PLAN")},
    {S("1.1.481.6"), "RT Brachy Treatment Record Storage", FILED("RT TREAT RECORD")},
    {S("1.1.481.7"), "RT Treatment Summary Record Storage", FILED("RT TREAT RECORD")},
    {S("1.1.481.8"), "RT Ion Plan Storage", FILED("RT PLAN")},
    {S("1.1.481.9"), "RT Ion Beams Treatment Record Storage", FILED("RT TREAT RECORD")},
    {S("1.1.5"), "Nuclear Medicine Image Storage (Retired)", IMAGE},
    {S("1.1.501.1"), "DICOS CT Image Storage", FOREIGN},
    {S("1.1.501.2.1"), "DICOS Digital X-Ray Image Storage - For Presentation", FOREIGN},
    {S("1.1.501.2.2"), "DICOS Digital X-Ray Image Storage - For Processing", FOREIGN},
    {S("1.1.501.3"), "DICOS Threat Detection Report Storage", FOREIGN},
    {S("1.1.501.4"), "DICOS 2D AIT Storage", FOREIGN},
    {S("1.1.501.5"), "DICOS 3D AIT Storage", FOREIGN},
    {S("1.1.501.6"), "DICOS Quadrupole Resonance (QR) Storage", FOREIGN},
    {S("1.1.6"), "Ultrasound Image Storage (Retired)", IMAGE},
    {S("1.1.6.1"), "Ultrasound Image Storage", IMAGE},
    {S("1.1.6.2"), "Enhanced US Volume Storage", IMAGE},
    {S("1.1.6.3"), "Photoacoustic Image Storage", IMAGE},
    {S("1.1.601.1"), "Eddy Current Image Storage", FOREIGN},
    {S("1.1.601.2"), "Eddy Current Multi-frame Image Storage", FOREIGN},
    {S("1.1.601.3"), "Thermography Image Storage", FOREIGN},
    {S("1.1.601.4"), "Thermography Multi-frame Image Storage", FOREIGN},
    {S("1.1.66"), "Raw Data Storage", FILED("RAW DATA")},
    {S("1.1.66.1"), "Spatial Registration Storage", FILED("REGISTRATION")},
    {S("1.1.66.2"), "Spatial Fiducials Storage", FILED("FIDUCIAL")},
    {S("1.1.66.3"), "Deformable Spatial Registration Storage", FILED("REGISTRATION")},
    {S("1.1.66.4"), "Segmentation Storage", FILED("IMAGE")},
    {S("1.1.66.5"), "Surface Segmentation Storage", FILED("SURFACE")},
    {S("1.1.66.6"), "Tractography Results Storage", FILED("TRACT")},
    {S("1.1.66.7"), "Label Map Segmentation Storage", FILED("IMAGE")},
    {S("1.1.66.8"), "Height Map Segmentation Storage", FILED("IMAGE")},
    {S("1.1.67"), "Real World Value Mapping Storage", FILED("VALUE MAP")},
    {S("1.1.68.1"), "Surface Scan Mesh Storage", FILED("SURFACE SCAN")},
    {S("1.1.68.2"), "Surface Scan Point Cloud Storage", FILED("SURFACE SCAN")},
    {S("1.1.7"), "Secondary Capture Image Storage", IMAGE},
    {S("1.1.7.1"), "Multi-frame Single Bit Secondary Capture Image Storage", IMAGE},
    {S("1.1.7.2"), "Multi-frame Grayscale Byte Secondary Capture Image Storage", IMAGE},
    {S("1.1.7.3"), "Multi-frame Grayscale Word Secondary Capture Image Storage", IMAGE},
    {S("1.1.7.4"), "Multi-frame True Color Secondary Capture Image Storage", IMAGE},
    {S("1.1.77.1"), "VL Image Storage - Trial (Retired)", IMAGE},
    {S("1.1.77.1.1"), "VL Endoscopic Image Storage", IMAGE},
    {S("1.1.77.1.1.1"), "Video Endoscopic Image Storage", VIDEO},
    {S("1.1.77.1.2"), "VL Microscopic Image Storage", IMAGE},
    {S("1.1.77.1.2.1"), "Video Microscopic Image Storage", VIDEO},
    {S("1.1.77.1.3"), "VL Slide-Coordinates Microscopic Image Storage", IMAGE},
    {S("1.1.77.1.4"), "VL Photographic Image Storage", IMAGE},
    {S("1.1.77.1.4.1"), "Video Photographic Image Storage", VIDEO},
    {S("1.1.77.1.5.1"), "Ophthalmic Photography 8 Bit Image Storage", IMAGE},
    {S("1.1.77.1.5.2"), "Ophthalmic Photography 16 Bit Image Storage", IMAGE},
    {S("1.1.77.1.5.3"), "Stereometric Relationship Storage", FILED("STEREOMETRIC")},
    {S("1.1.77.1.5.4"), "Ophthalmic Tomography Image Storage", IMAGE},
    {S("1.1.77.1.5.5"), "Wide Field Ophthalmic Photography Stereographic Projection Image Storage",
     IMAGE},
    {S("1.1.77.1.5.6"), "Wide Field Ophthalmic Photography 3D Coordinates Image Storage", IMAGE},
    {S("1.1.77.1.5.7"), "Ophthalmic Optical Coherence Tomography En Face Image Storage", IMAGE},
    {S("1.1.77.1.5.8"), "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage",
     IMAGE},
    {S("1.1.77.1.6"), "VL Whole Slide Microscopy Image Storage", IMAGE, .is_slide = true},
    {S("1.1.77.1.7"), "Dermoscopic Photography Image Storage", IMAGE},
    {S("1.1.77.1.8"), "Confocal Microscopy Image Storage", IMAGE},
    {S("1.1.77.1.9"), "Confocal Microscopy Tiled Pyramidal Image Storage", IMAGE, .is_slide = true},
    {S("1.1.77.2"), "VL Multi-frame Image Storage - Trial (Retired)", IMAGE},
    {S("1.1.78.1"), "Lensometry Measurements Storage", FILED("MEASUREMENT")},
    {S("1.1.78.2"), "Autorefraction Measurements Storage", FILED("MEASUREMENT")},
    {S("1.1.78.3"), "Keratometry Measurements Storage", FILED("MEASUREMENT")},
    {S("1.1.78.4"), "Subjective Refraction Measurements Storage", FILED("MEASUREMENT")},
    {S("1.1.78.5"), "Visual Acuity Measurements Storage", FILED("MEASUREMENT")},
    {S("1.1.78.6"), "Spectacle Prescription Report Storage", REPORT},
    {S("1.1.78.7"), "Ophthalmic Axial Measurements Storage", FILED("MEASUREMENT")},
    {S("1.1.78.8"), "Intraocular Lens Calculations Storage", FILED("MEASUREMENT")},
    {S("1.1.79.1"), "Macular Grid Thickness and Volume Report Storage", REPORT},
    {S("1.1.8"), "Standalone Overlay Storage (Retired)", RETIRED},
    {S("1.1.80.1"), "Ophthalmic Visual Field Static Perimetry Measurements Storage",
     FILED("MEASUREMENT")},
    {S("1.1.81.1"), "Ophthalmic Thickness Map Storage", IMAGE},
    {S("1.1.82.1"), "Corneal Topography Map Storage", IMAGE},
    {S("1.1.88.1"), "Text SR Storage - Trial (Retired)", RETIRED, .is_report = true},
    {S("1.1.88.11"), "Basic Text SR Storage", REPORT},
    {S("1.1.88.2"), "Audio SR Storage - Trial (Retired)", RETIRED, .is_report = true},
    {S("1.1.88.22"), "Enhanced SR Storage", REPORT},
    {S("1.1.88.3"), "Detail SR Storage - Trial (Retired)", RETIRED, .is_report = true},
    {S("1.1.88.33"), "Comprehensive SR Storage", REPORT},
    {S("1.1.88.34"), "Comprehensive 3D SR Storage", REPORT},
    {S("1.1.88.35"), "Extensible SR Storage", REPORT},
    {S("1.1.88.4"), "Comprehensive SR Storage - Trial (Retired)", RETIRED, .is_report = true},
    {S("1.1.88.40"), "Procedure Log Storage", REPORT},
    {S("1.1.88.50"), "Mammography CAD SR Storage", REPORT},
    {S("1.1.88.59"), "Key Object Selection Document Storage", FILED("KEY OBJECT DOC")},
    {S("1.1.88.65"), "Chest CAD SR Storage", REPORT},
    {S("1.1.88.67"), "X-Ray Radiation Dose SR Storage", REPORT},
    {S("1.1.88.68"), "Radiopharmaceutical Radiation Dose SR Storage", REPORT},
    {S("1.1.88.69"), "Colon CAD SR Storage", REPORT},
    {S("1.1.88.70"), "Implantation Plan SR Storage", REPORT},
    {S("1.1.88.71"), "Acquisition Context SR Storage", REPORT},
    {S("1.1.88.72"), "Simplified Adult Echo SR Storage", REPORT},
    {S("1.1.88.73"), "Patient Radiation Dose SR Storage", REPORT},
    {S("1.1.88.74"), "Planned Imaging Agent Administration SR Storage", REPORT},
    {S("1.1.88.75"), "Performed Imaging Agent Administration SR Storage", REPORT},
    {S("1.1.88.76"), "Enhanced X-Ray Radiation Dose SR Storage", REPORT},
    {S("1.1.88.77"), "Waveform Annotation SR Storage", REPORT},
    {S("1.1.9"), "Standalone Curve Storage (Retired)", RETIRED},
    {S("1.1.9.1"), "Waveform Storage - Trial (Retired)", RETIRED},
    {S("1.1.9.1.1"), "12-lead ECG Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.1.2"), "General ECG Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.1.3"), "Ambulatory ECG Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.1.4"), "General 32-bit ECG Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.100.1"), "Waveform Presentation State Storage", FILED("WF PRESENTATION")},
    {S("1.1.9.100.2"), "Waveform Acquisition Presentation State Storage", FILED("WF PRESENTATION")},
    {S("1.1.9.2.1"), "Hemodynamic Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.3.1"), "Cardiac Electrophysiology Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.4.1"), "Basic Voice Audio Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.4.2"), "General Audio Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.5.1"), "Arterial Pulse Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.6.1"), "Respiratory Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.6.2"), "Multi-channel Respiratory Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.7.1"), "Routine Scalp Electroencephalogram Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.7.2"), "Electromyogram Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.7.3"), "Electrooculogram Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.7.4"), "Sleep Electroencephalogram Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.9.8.1"), "Body Position Waveform Storage", FILED("WAVEFORM")},
    {S("1.1.90.1"), "Content Assessment Results Storage", FILED("ASSESSMENT")},
    {S("1.1.91.1"), "Microscopy Bulk Simple Annotations Storage", FILED("ANNOTATION")},
    {S("34.1"), "RT Beams Delivery Instruction Storage - Trial (Retired)", RETIRED},
    {S("34.10"), "RT Brachy Application Setup Delivery Instruction Storage", FILED("PLAN")},
    {S("34.7"), "RT Beams Delivery Instruction Storage", FILED("PLAN")},
    {S("38.1"), "Hanging Protocol Storage", FILED("HANGING PROTOCOL")},
    {S("39.1"), "Color Palette Storage", FILED("PALETTE")},
    {S("43.1"), "Generic Implant Template Storage", FILED("IMPLANT")},
    {S("44.1"), "Implant Assembly Template Storage", FILED("IMPLANT ASSY")},
    {S("45.1"), "Implant Template Group Storage", FILED("IMPLANT GROUP")},
    {"1.2.840.113543.6.6.1.3.10002", "ADAC 3D Volume Storage", PRIVATE},
    {"1.2.840.113619.4.26", "GE Private 3D Model Storage", PRIVATE},
    {"1.3.12.2.1107.5.9.1", "Siemens CSA Non-Image Storage", PRIVATE},
    {"1.3.46.670589.11.0.0.12.1", "Philips Private MR Spectrum Storage", PRIVATE},
    {"1.3.46.670589.11.0.0.12.2", "Philips Private MR Series Data Storage", PRIVATE},
    {"1.3.46.670589.11.0.0.12.4", "Philips Private MR ExamCard Storage", PRIVATE},
    {"1.3.46.670589.5.0.1.1", "Philips Private Volume Storage", PRIVATE},
    {"1.3.46.670589.5.0.10", "Philips Private MR Synthetic Image Storage", PRIVATE},
};
#undef S
#undef IMAGE
#undef VIDEO
#undef REPORT
#undef FILED
#undef RETIRED
#undef UNCONFIRMED
#undef FOREIGN
#undef PRIVATE

const struct dw_sop_class *dw_sop_class_table(size_t *out_count)
{
    *out_count = sizeof classes / sizeof classes[0];
    return classes;
}

/* Set by main() before anything asks (dicom/classes.h). */
static const struct dw_sop_class *added;
static size_t added_count;

void dw_sop_class_add(const struct dw_sop_class *rows, size_t count)
{
    added = rows;
    added_count = count;
}

static const struct dw_sop_class *find_in(const struct dw_sop_class *rows, size_t count,
                                          const char *uid)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(uid, rows[middle].uid);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct dw_sop_class *dw_sop_class_find(const char *uid)
{
    if (!uid)
        return NULL;
    const struct dw_sop_class *found = find_in(added, added_count, uid);
    return found ? found : find_in(classes, sizeof classes / sizeof classes[0], uid);
}

bool dw_sop_class_has_patient(const struct dw_sop_class *sop_class)
{
    static const char *const roots[] = {"HANGING PROTOCOL", "PALETTE",       "IMPLANT",
                                        "IMPLANT ASSY",     "IMPLANT GROUP", "INVENTORY"};
    if (sop_class->no_record == DW_RECORD_FOREIGN)
        return false;
    for (size_t i = 0; sop_class->record_type && i < sizeof roots / sizeof roots[0]; i++)
        if (strcmp(sop_class->record_type, roots[i]) == 0)
            return false;
    return true;
}
