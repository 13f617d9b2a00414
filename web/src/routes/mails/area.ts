// An organization's own words for its mails.
export { MailsRoute } from "./mails";
