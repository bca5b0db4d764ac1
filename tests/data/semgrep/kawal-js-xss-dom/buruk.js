const cari = new URLSearchParams(location.search).get("cari");
document.getElementById("hasil").innerHTML = cari; // TEMUAN
document.write(location.hash); // TEMUAN
