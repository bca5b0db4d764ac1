const skrip = document.createElement("script");
skrip.integrity = "sha384-abc";
skrip.src = "https://cdn.contoh.com/peta.js";
const sendiri = document.createElement("script");
sendiri.src = "/peta.js";
