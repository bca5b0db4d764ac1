const skrip = document.createElement("script"); // TEMUAN
skrip.src = "https://cdn.contoh.com/peta.js";
document.head.appendChild(skrip);
