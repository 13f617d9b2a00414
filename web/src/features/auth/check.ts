import type { WordKey } from "@/shared/i18n/setup";

export type Complaint = Extract<WordKey, `auth.check.${string}`>;

// What can be said without the server. Breached passwords and taken e-mails only the server knows.
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

export function checkEmail(email: string): Complaint | undefined {
  if (email === "") return "auth.check.emailMissing";
  return /^\S+@\S+\.\S+$/.test(email) ? undefined : "auth.check.emailShape";
}

export function checkNewPassword(password: string): Complaint | undefined {
  if (password.length < PASSWORD_MIN) return "auth.check.passwordShort";
  return password.length > PASSWORD_MAX ? "auth.check.passwordLong" : undefined;
}

const REASONS: Record<string, Complaint> = {
  BREACHED: "auth.check.passwordBreached",
  OWN_WORDS: "auth.check.passwordOwn",
};
const FIELDS: Record<string, Complaint> = {
  email: "auth.check.emailShape",
  fullName: "auth.check.nameRefused",
  phoneNumber: "auth.check.phoneShape",
  password: "auth.check.passwordRefused",
  newPassword: "auth.check.passwordRefused",
  code: "auth.check.codeWrong",
};

/** What the server refused of a field: its own sentence is English for whoever reads. */
export const complaintOf = (field: string, reason: string | undefined): Complaint =>
  REASONS[reason ?? ""] ?? FIELDS[field] ?? "auth.check.refused";

export const checkName = (name: string): Complaint | undefined =>
  name.trim() === "" ? "auth.check.nameMissing" : undefined;
