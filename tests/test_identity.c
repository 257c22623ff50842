#include "daemon/intake/identity.h"
#include "test.h"

static const struct dw_identity locked = {"P1", "HOSPITAL", "Müller^Anna", "19700101", "F"};

static struct dw_identity like_locked(void)
{
    return locked;
}

static void the_same_person_has_no_difference(void)
{
    struct dw_identity other = like_locked();
    CHECK(dw_identity_difference(&locked, &other) == NULL);
}

static void another_patient_id_is_another_patient(void)
{
    struct dw_identity other = like_locked();
    snprintf(other.patient_id, sizeof other.patient_id, "P2");
    CHECK_STR(dw_identity_difference(&locked, &other), "Patient ID");
    other.patient_id[0] = '\0'; /* unknown is not the same */
    CHECK_STR(dw_identity_difference(&locked, &other), "Patient ID");
}

static void the_same_id_of_another_issuer_is_another_patient(void)
{
    struct dw_identity other = like_locked();
    snprintf(other.issuer, sizeof other.issuer, "CLINIC");
    CHECK_STR(dw_identity_difference(&locked, &other), "issuer of Patient ID");
    other.issuer[0] = '\0'; /* many modalities leave it out */
    CHECK(dw_identity_difference(&locked, &other) == NULL);
}

static void spelling_of_a_name_does_not_matter_and_another_name_does(void)
{
    struct dw_identity other = like_locked();
    snprintf(other.patient_name, sizeof other.patient_name, "MÜLLER^ANNA^^");
    CHECK(dw_identity_difference(&locked, &other) == NULL);
    snprintf(other.patient_name, sizeof other.patient_name, "Muller^Anna");
    CHECK(dw_identity_difference(&locked, &other) == NULL);
    snprintf(other.patient_name, sizeof other.patient_name, "Meier^Anna");
    CHECK_STR(dw_identity_difference(&locked, &other), "patient's name");
}

static void another_birth_date_is_another_patient(void)
{
    struct dw_identity other = like_locked();
    snprintf(other.birth_date, sizeof other.birth_date, "19710101");
    CHECK_STR(dw_identity_difference(&locked, &other), "birth date");
    other.birth_date[0] = '\0';
    CHECK(dw_identity_difference(&locked, &other) == NULL);
}

static void another_sex_is_another_patient(void)
{
    struct dw_identity other = like_locked();
    snprintf(other.sex, sizeof other.sex, "M");
    CHECK_STR(dw_identity_difference(&locked, &other), "sex");
    other.sex[0] = '\0';
    CHECK(dw_identity_difference(&locked, &other) == NULL);
}

static void every_field_that_differs_is_told(void)
{
    struct dw_identity other = like_locked();
    size_t found = 0;
    snprintf(other.patient_id, sizeof other.patient_id, "P2");
    snprintf(other.birth_date, sizeof other.birth_date, "19710101");
    for (size_t i = 0; i < DW_IDENTITY_FIELDS; i++)
        found += dw_identity_differs(&locked, &other, i);
    CHECK_INT(found, 2);
}

TESTS(TEST(the_same_person_has_no_difference), TEST(another_patient_id_is_another_patient),
      TEST(the_same_id_of_another_issuer_is_another_patient),
      TEST(spelling_of_a_name_does_not_matter_and_another_name_does),
      TEST(another_birth_date_is_another_patient), TEST(another_sex_is_another_patient),
      TEST(every_field_that_differs_is_told))
