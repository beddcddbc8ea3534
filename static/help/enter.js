// The token is in the fragment, which browsers do not send: it reaches no log and no referrer.
const field = document.getElementById("token");
field.value = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
