window.location.href = "/beranda?cari=" + encodeURIComponent(location.hash);
location.assign("/beranda");
