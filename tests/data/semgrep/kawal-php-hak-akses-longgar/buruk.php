<?php
chmod('unggahan', 0777); // TEMUAN
chmod('unggahan/foto.jpg', 0666); // TEMUAN
umask(0); // TEMUAN
