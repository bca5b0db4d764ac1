<?php
chmod('unggahan', 0750);
mkdir('unggahan/foto', 0777, true); // umask
umask(0027);
