const cari = new URLSearchParams(location.search).get("cari");
document.getElementById("hasil").textContent = cari;
document.getElementById("isi").innerHTML = DOMPurify.sanitize(location.hash);
$("#hasil").text(location.hash);
document.querySelector("iframe").src = "/bantuan.html";
