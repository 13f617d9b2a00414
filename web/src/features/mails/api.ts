import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { MailLine, MailPreview, MailTemplate, MailVersion, OwnWords } from "@/shared/api/contract";

export interface MailPlace {
  organizationId: string;
  template: string;
  language: string;
}

const house = (organizationId: string) => `/organizations/${organizationId}/message-templates`;
const pathOf = ({ organizationId, template, language }: MailPlace) =>
  `${house(organizationId)}/${template}/${language}`;

/** Every message there is, and which are in the organization's own words. */
export const mailsQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["mails", organizationId],
    queryFn: ({ signal }) => request<MailLine[]>(house(organizationId), { signal, auth: "required" }),
  });

export const mailQuery = (place: MailPlace) =>
  queryOptions({
    queryKey: ["mails", place.organizationId, place.template, place.language],
    queryFn: ({ signal }) => request<MailTemplate>(pathOf(place), { signal, auth: "required" }),
    staleTime: 5_000,
  });

export const mailVersionsQuery = (place: MailPlace) =>
  queryOptions({
    queryKey: ["mails", place.organizationId, place.template, place.language, "versions"],
    queryFn: ({ signal }) =>
      request<MailVersion[]>(`${pathOf(place)}/versions`, { signal, auth: "required" }),
  });

/** How words look that nobody keeps yet. A bad one is an answer too: it is not asked again. */
export const previewQuery = (place: MailPlace, words: OwnWords) =>
  queryOptions({
    queryKey: ["mail-preview", place, words],
    queryFn: ({ signal }) =>
      request<MailPreview>(`${pathOf(place)}/preview`, { method: "POST", body: words, signal }),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Refused with `CONFLICT001` where somebody wrote other words since `version`. */
export const writeMail = (place: MailPlace, version: number, body: OwnWords) =>
  request<MailTemplate>(pathOf(place), { method: "PUT", body, version });

export const bringBackMail = (place: MailPlace, version: number) =>
  request<MailTemplate>(pathOf(place), { method: "DELETE", version });
