const cari = new URLSearchParams(location.search).get("cari");
document.getElementById("hasil").innerHTML = cari; // TEMUAN
document.write(location.hash); // TEMUAN
$("#hasil").prepend(location.hash); // TEMUAN
document.querySelector("iframe").srcdoc = new URLSearchParams(location.search).get("isi"); // TEMUAN
