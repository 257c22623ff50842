// Who is at the console. It has one password, so they say their name themselves; it is remembered until the
// browser is closed and goes with every order.
export const who = () => sessionStorage.getItem("who") ?? "";
export const setWho = (name) => sessionStorage.setItem("who", name.trim());
