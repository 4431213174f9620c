import type { OwnedNumber } from './owned-number.ts';

const VOICE_TYPES = ['app', 'sip', 'tel'] as const;

/**
 * A number after an update by a form. All settings are replaced: what the form leaves out is gone, the application with it. Undefined if the
 * form is invalid. Other fields of the form are ignored: clients send back what they read.
 */
export function updatedNumber(before: OwnedNumber, form: URLSearchParams): OwnedNumber | undefined {
  const { country, msisdn, type, features } = before;
  const voice = voiceOf(form);
  const messages = messagesOf(form);
  if (form.get('country') !== country || voice === undefined || messages === undefined) return undefined;
  const webhook = form.get('moHttpUrl');
  return {
    country,
    msisdn,
    ...(webhook ? { moHttpUrl: webhook } : {}),
    ...(type === undefined ? {} : { type }),
    ...(features === undefined ? {} : { features }),
    ...messages,
    ...voice,
    ...linkOf(form.get('app_id'), voice.voiceCallbackType),
  };
}

/** Linking sends voice to the application as well, unless calls are forwarded. Source: docs/api-notes.md#numbers */
function linkOf(id: string | null, voiceType: OwnedNumber['voiceCallbackType']): Partial<OwnedNumber> {
  if (!id) return {};
  if (voiceType === 'sip' || voiceType === 'tel') return { app_id: id };
  return { voiceCallbackType: 'app', voiceCallbackValue: id, app_id: id };
}

/** Type and value go together. */
function voiceOf(form: URLSearchParams): Pick<OwnedNumber, 'voiceCallbackType' | 'voiceCallbackValue'> | undefined {
  const [given, value] = [form.get('voiceCallbackType'), form.get('voiceCallbackValue')];
  if (!given && !value) return {};
  const type = VOICE_TYPES.find((known) => known === given);
  return type && value ? { voiceCallbackType: type, voiceCallbackValue: value } : undefined;
}

function messagesOf(
  form: URLSearchParams,
): Pick<OwnedNumber, 'messagesCallbackType' | 'messagesCallbackValue'> | undefined {
  const [type, value] = [form.get('messagesCallbackType'), form.get('messagesCallbackValue')];
  if (!type && !value) return {};
  return type === 'app' && value ? { messagesCallbackType: type, messagesCallbackValue: value } : undefined;
}
