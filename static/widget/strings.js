/**
 * Every word of the panel, as [English, Spanish] side by side: a row cannot lack a language.
 * {name} is filled in by t(). A row of two pairs is [one, other], chosen by the locale's plural rule.
 */
const ROWS = {
  // Home
  morning: ["Good morning", "Buenos días"],
  afternoon: ["Good afternoon", "Buenas tardes"],
  evening: ["Good evening", "Buenas noches"],
  greetNamed: ["{greeting}, {name}", "{greeting}, {name}"],
  howHelp: ["How can we help you?", "¿En qué podemos ayudarle?"],
  startChat: ["Start a chat", "Iniciar un chat"],
  continueChat: ["Go on with your chat", "Seguir con su chat"],
  continueHint: ["Your conversation is here, as you left it", "Su conversación está aquí, tal como la dejó"],
  hereNow: ["We are here now", "Estamos aquí ahora"],
  waitNow: ["We are here · an answer in {wait}", "Estamos aquí · respuesta en {wait}"],
  checking: ["One moment…", "Un momento…"],
  statusUnknown: [
    "We cannot see right now whether someone is here. You can write to us anyway.",
    "Ahora mismo no podemos ver si hay alguien. Puede escribirnos igualmente.",
  ],
  closed: ["The chat is closed just now", "El chat está cerrado en este momento"],
  closedFor: ["The chat is closed: {reason}", "El chat está cerrado: {reason}"],
  busy: ["Everyone is busy or away just now", "Ahora mismo no hay nadie libre"],
  opens: ["We are back {when}.", "Volvemos {when}."],
  leaveMessage: ["Leave a message", "Dejar un mensaje"],
  leaveHint: ["We answer by email", "Le respondemos por correo"],
  search: ["Search the help", "Buscar en la ayuda"],
  searchPlaceholder: ["Write your question", "Escriba su pregunta"],
  searching: ["Searching…", "Buscando…"],
  found: [
    ["{n} article found", "{n} artículo encontrado"],
    ["{n} articles found", "{n} artículos encontrados"],
  ],
  foundNone: ["Nothing found. Ask us: your words come along.", "No hay resultados. Pregúntenos: sus palabras van con usted."],
  searchFailed: ["The search did not answer. Please try again in a moment.", "La búsqueda no ha respondido. Inténtelo en un momento."],
  popular: ["Popular questions", "Preguntas frecuentes"],
  newTab: ["opens in a new tab", "se abre en otra pestaña"],
  // Frame
  back: ["Back", "Volver"],
  close: ["Close", "Cerrar"],
  otherLanguage: ["Español", "English"],
  panel: ["Help and chat", "Ayuda y chat"],
  // Conversation
  conversation: ["Conversation", "Conversación"],
  team: ["Our team", "Nuestro equipo"],
  you: ["You", "Usted"],
  assistant: ["Assistant", "Asistente"],
  withYou: ["is with you", "está con usted"],
  firstHint: [
    "Tell us what happened, in your own words. A person will read it.",
    "Cuéntenos qué ha pasado, con sus palabras. Lo leerá una persona.",
  ],
  closedChatHint: [
    "Nobody is here just now. What you write is kept and answered as soon as someone is back.",
    "Ahora no hay nadie. Lo que escriba queda guardado y le responderemos en cuanto volvamos.",
  ],
  message: ["Your message", "Su mensaje"],
  messagePlaceholder: ["Write a message", "Escriba un mensaje"],
  send: ["Send", "Enviar"],
  sending: ["Sending…", "Enviando…"],
  sent: ["Sent", "Enviado"],
  notSent: ["Not sent", "No enviado"],
  retry: ["Retry", "Reintentar"],
  tooLong: ["Too long to send in one piece", "Demasiado largo para enviarlo de una vez"],
  remaining: [
    ["{n} character left", "Queda {n} carácter"],
    ["{n} characters left", "Quedan {n} caracteres"],
  ],
  edit: ["Edit", "Editar"],
  typing: ["{name} is writing…", "{name} está escribiendo…"],
  newBelow: ["New messages", "Mensajes nuevos"],
  connecting: ["Connecting…", "Conectando…"],
  reconnecting: ["Reconnecting. Your words are kept.", "Reconectando. Sus palabras están guardadas."],
  offline: ["You are offline. Your words are kept and will go out by themselves.", "Sin conexión. Sus palabras están guardadas y saldrán solas."],
  sessionFailed: ["The chat could not start just now. Your words are kept.", "El chat no ha podido empezar. Sus palabras están guardadas."],
  blocked: ["The chat is not available here. You can leave us a message.", "El chat no está disponible aquí. Puede dejarnos un mensaje."],
  waiting: ["Your message has arrived. Someone will be with you as soon as possible.", "Su mensaje ha llegado. Le atenderemos lo antes posible."],
  queueNext: ["You are next", "Es su turno enseguida"],
  queueAhead: [
    ["{n} person before you", "Hay {n} persona antes que usted"],
    ["{n} people before you", "Hay {n} personas antes que usted"],
  ],
  queueWait: ["{place} · about {wait}", "{place} · {wait} aprox."],
  minutes: [
    ["{n} minute", "{n} minuto"],
    ["{n} minutes", "{n} minutos"],
  ],
  minuteRange: ["{low} to {high} minutes", "de {low} a {high} minutos"],
  overHour: ["more than an hour", "más de una hora"],
  ratherWrite: ["Rather leave a message", "Prefiero dejar un mensaje"],
  accepted: ["{name} is with you now", "{name} ya está con usted"],
  transferred: [
    "A colleague is taking over and sees the whole conversation. No need to say it again.",
    "Un compañero toma el relevo y ve toda la conversación. No hace falta que la repita.",
  ],
  ticket: ["Your request number: {ticket}", "Su número de solicitud: {ticket}"],
  ended: ["The chat has ended", "El chat ha terminado"],
  endedBy: ["{name} has ended the chat", "{name} ha terminado el chat"],
  endedYou: ["You have ended the chat", "Ha terminado el chat"],
  endedIdle: ["The chat rested for a while, so we have closed it", "El chat llevaba un rato en silencio y lo hemos cerrado"],
  endedClosed: ["Our hours are over for today. Your words are kept", "Ha terminado nuestro horario. Sus palabras están guardadas"],
  byEmail: ["Go on by email", "Seguir por correo"],
  byEmailKnown: ["We go on by email, at {email}. Just answer our mail.", "Seguimos por correo, en {email}. Solo tiene que responder al nuestro."],
  newChat: ["Start a new chat", "Iniciar otro chat"],
  endChat: ["End chat", "Terminar chat"],
  endAsk: ["End this chat?", "¿Terminar este chat?"],
  endYes: ["End it", "Terminar"],
  endNo: ["Go on", "Seguir"],
  expired: ["This conversation was closed here after a time. Write, and we go on.", "Esta conversación se cerró aquí pasado un tiempo. Escriba y seguimos."],
  // Name and email, asked once
  whoTitle: ["If you have to go, where can we answer?", "Si tiene que irse, ¿dónde le respondemos?"],
  whoSave: ["Save", "Guardar"],
  whoSkip: ["Not now", "Ahora no"],
  whoThanks: ["Thank you. If you leave, the answer follows to {email}.", "Gracias. Si se va, la respuesta le llegará a {email}."],
  // Request form
  formTitle: ["Leave a message", "Dejar un mensaje"],
  formLead: ["We answer by email, and you get a number to ask about it.", "Le responderemos por correo y le daremos un número de solicitud."],
  name: ["Name", "Nombre"],
  optional: ["optional", "opcional"],
  email: ["Email", "Correo electrónico"],
  subject: ["Subject", "Asunto"],
  text: ["Your message", "Su mensaje"],
  formSend: ["Send message", "Enviar mensaje"],
  needEmail: ["Please write an email address, for example ana@example.com", "Escriba una dirección de correo, por ejemplo ana@example.com"],
  needText: ["Please write your message", "Escriba su mensaje"],
  badField: ["Please check this", "Revise este dato, por favor"],
  formOffline: ["It could not be sent: no connection. Everything is kept here; please try again.", "No se ha podido enviar: no hay conexión. Todo sigue aquí; inténtelo otra vez."],
  formFailed: ["It could not be sent just now. Everything is kept here; please try again in a moment.", "No se ha podido enviar ahora. Todo sigue aquí; inténtelo dentro de un momento."],
  formBusy: ["Too many messages in a short time. Everything is kept here; please wait a minute.", "Demasiados mensajes en poco tiempo. Todo sigue aquí; espere un minuto."],
  formCheck: ["Something needs a look before it can go.", "Hay algo que revisar antes de enviarlo."],
  doneTitle: ["Your message has arrived", "Su mensaje ha llegado"],
  doneText: ["Your request number is {ticket}. We answer to {email}.", "Su número de solicitud es {ticket}. Le responderemos a {email}."],
  doneBack: ["Back to the start", "Volver al inicio"],
  // Times
  atTime: ["at {time}", "a las {time}"],
  atOne: ["at {time}", "a la {time}"],
  today: ["today {at}", "hoy {at}"],
  tomorrow: ["tomorrow {at}", "mañana {at}"],
  onDay: ["on {day} {at}", "el {day} {at}"],
  soon: ["in a moment", "en un momento"],
  todayDay: ["Today", "Hoy"],
  yesterdayDay: ["Yesterday", "Ayer"],
};

const LANGUAGES = ["en", "es"];

/** "es", "es-MX" → "es"; anything else → "en". */
export function pickLanguage(tag) {
  return /^es\b/i.test(tag || "") ? "es" : "en";
}

/** The words of one language: t("found", {n: 2}). An unknown name is a fault of ours, and says so. */
export function words(language) {
  const column = LANGUAGES.indexOf(language);
  const plural = new Intl.PluralRules(language);
  return function t(name, values = {}) {
    const row = ROWS[name];
    if (!row) throw new Error(`no words for ${name}`);
    const pair = Array.isArray(row[0]) ? row[plural.select(values.n) === "one" ? 0 : 1] : row;
    return pair[column].replace(/\{(\w+)\}/g, (whole, slot) => String(values[slot] ?? whole));
  };
}
