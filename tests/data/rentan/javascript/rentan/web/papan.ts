const judul: string = new URLSearchParams(window.location.search).get("judul") as string;
(document.getElementById("judul") as HTMLElement).innerHTML = judul; // TEMUAN kawal-js-xss-dom
const token = Math.random().toString(36); // TEMUAN kawal-js-acak-lemah
